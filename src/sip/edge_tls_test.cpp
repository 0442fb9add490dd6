#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>

#include "io/clock.h"
#include "sip/certificate.h"
#include "sip/edge.h"
#include "sip/edge_test_bench.h"

namespace firstring::sip {
namespace {

struct OwnCertificate {
  OwnCertificate() {
    const auto made = ensure_certificate(folder.path());
    EXPECT_TRUE(made) << made.error().detail;
    files = *made;
  }
  EdgeOptions server() const {
    return {.certificate_file = files.certificate_file, .key_file = files.key_file};
  }
  EdgeOptions client() const { return {.authorities_file = files.certificate_file}; }

  TestFolder folder;
  CertificateFiles files;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The first flight of a TLS client.
std::string client_hello() {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL* const ssl = SSL_new(context);
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
  SSL_connect(ssl);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  std::string hello(bytes, static_cast<std::size_t>(size));
  SSL_free(ssl);
  SSL_CTX_free(context);
  return hello;
}

TEST(Certificate, IsMadeOnceWithAKeyForItsOwnerOnly) {
  const TestFolder folder;
  const auto made = ensure_certificate(folder.path(), {"sip.example.com", "192.0.2.1", "bad,name"});
  ASSERT_TRUE(made) << made.error().detail;
  struct stat status {};
  ASSERT_EQ(stat(made->key_file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto expiry = certificate_expiry(made->certificate_file);
  ASSERT_TRUE(expiry);
  EXPECT_GT(*expiry - io::read_wall(), Duration(24h) * 365 * 9);

  const std::string first = read_file(made->certificate_file);
  ASSERT_TRUE(ensure_certificate(folder.path()));
  EXPECT_EQ(read_file(made->certificate_file), first);
}

TEST(Certificate, AFolderThatIsNotThereIsAnError) {
  EXPECT_FALSE(ensure_certificate("/nonexistent/folder"));
  EXPECT_FALSE(certificate_expiry("/nonexistent/file"));
}

TEST(EdgeTls, MessagesGoBothWaysUnderAVerifiedCertificate) {
  const OwnCertificate certificate;
  EdgeBench them(certificate.server()), us(certificate.client());
  const Peer to = loopback_peer(Transport::tls, them.listen(Transport::tls));
  us.edge->start();
  EXPECT_TRUE(us.edge->send(to, sip_request(1)));  // the certificate names 127.0.0.1
  ASSERT_TRUE(them.wait_for_messages(1));
  EXPECT_EQ(them.messages(), std::vector{sip_request(1)});
  EXPECT_EQ(them.last_peer().transport, Transport::tls);
  EXPECT_TRUE(them.edge->send(them.last_peer(), sip_request(2, std::string(60'000, 'x'))));
  ASSERT_TRUE(us.wait_for_messages(1));
  EXPECT_EQ(us.messages(), std::vector{sip_request(2, std::string(60'000, 'x'))});
}

TEST(EdgeTls, TheCertificateMustNameWhomWeWanted) {
  const OwnCertificate certificate;
  EdgeBench them(certificate.server());
  const Peer to = loopback_peer(Transport::tls, them.listen(Transport::tls));
  {
    EdgeBench us(certificate.client());
    us.edge->start();
    EXPECT_TRUE(us.edge->send(to, sip_request(1), "localhost"));
    EXPECT_TRUE(them.wait_for_messages(1));
  }
  {
    EdgeBench us(certificate.client());
    us.edge->start();
    EXPECT_TRUE(us.edge->send(to, sip_request(2), "sip.example.com"));
    ASSERT_TRUE(us.run_until([&] { return us.closings().size() == 1; }));
    EXPECT_EQ(us.last_peer(), to);
  }
  {
    const OwnCertificate another;  // whom we trust is not who answers
    EdgeBench us(another.client());
    us.edge->start();
    EXPECT_TRUE(us.edge->send(to, sip_request(3)));
    ASSERT_TRUE(us.run_until([&] { return us.closings().size() == 1; }));
    EXPECT_EQ(us.last_peer(), to);
  }
  EXPECT_EQ(them.messages(), std::vector{sip_request(1)});
}

TEST(EdgeTls, ClientsThatLeaveInTheHandshakeDoNoHarm) {
  const OwnCertificate certificate;
  EdgeBench bench(certificate.server());
  const std::uint16_t port = bench.listen(Transport::tls);
  const std::string hello = client_hello();
  ASSERT_GT(hello.size(), 100u);
  for (std::size_t size = 0; size <= hello.size(); size += 7) {
    RawClient closes(port), resets(port);
    closes.send(std::string_view(hello).substr(0, size));
    resets.send(hello);
    resets.reset();
  }
  EdgeBench us(certificate.client());
  us.edge->start();
  EXPECT_TRUE(us.edge->send(loopback_peer(Transport::tls, port), sip_request(1)));
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{sip_request(1)});
  EXPECT_TRUE(bench.closings().empty());  // control never heard of the others
}

TEST(EdgeTls, AHandshakeThatIsNotFinishedIsCutOff) {
  const OwnCertificate certificate;
  EdgeOptions options = certificate.server();
  options.handshake_max = 80ms;
  EdgeBench bench(options);
  const std::uint16_t port = bench.listen(Transport::tls);
  RawClient silent(port), half(port), plain(port);
  half.send(client_hello().substr(0, 50));
  plain.send(sip_request(1));
  EXPECT_TRUE(silent.is_closed_by_peer());
  EXPECT_TRUE(half.is_closed_by_peer());
  EXPECT_TRUE(plain.is_closed_by_peer());
  EXPECT_TRUE(bench.messages().empty());
}

TEST(EdgeTls, VersionsBefore12AreRefused) {
  const OwnCertificate certificate;
  EdgeBench bench(certificate.server());
  RawClient client(bench.listen(Transport::tls));
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, client.fd());
  EXPECT_LE(SSL_connect(ssl), 0);
  SSL_free(ssl);
  SSL_CTX_free(context);
}

TEST(EdgeTls, ACertificateIsChangedUnderRunningConnections) {
  const OwnCertificate first, second;
  EdgeBench them(first.server());
  const Peer to = loopback_peer(Transport::tls, them.listen(Transport::tls));
  EdgeBench trusts_first(first.client()), trusts_second(second.client());
  trusts_first.edge->start();
  trusts_second.edge->start();
  EXPECT_TRUE(trusts_first.edge->send(to, sip_request(1)));
  ASSERT_TRUE(them.wait_for_messages(1));

  std::filesystem::copy(second.files.certificate_file, first.files.certificate_file,
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(them.edge->reload_certificate());  // the key is not yet the new one
  std::filesystem::copy(second.files.key_file, first.files.key_file,
                        std::filesystem::copy_options::overwrite_existing);
  const auto reloaded = them.edge->reload_certificate();
  ASSERT_TRUE(reloaded) << reloaded.error().detail;

  EXPECT_TRUE(trusts_second.edge->send(to, sip_request(2)));
  ASSERT_TRUE(them.wait_for_messages(2));
  EXPECT_TRUE(trusts_first.edge->send(to, sip_request(3)));  // by the connection that it has
  ASSERT_TRUE(them.wait_for_messages(3));
}

TEST(EdgeTls, WithoutACertificateThereIsNoListener) {
  EdgeBench bench;
  const auto port = bench.edge->listen({.transport = Transport::tls, .ip = "127.0.0.1"});
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, Code::invalid);
  const EdgeOptions no_files{.certificate_file = "/nonexistent", .key_file = "/nonexistent"};
  EXPECT_FALSE(Edge::create(no_files, [] {}));
}

}  // namespace
}  // namespace firstring::sip
