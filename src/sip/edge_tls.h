// The OpenSSL contexts of the edge: TLS 1.2 or newer, no renegotiation, no compression.
// Lives on: any thread; called at start-up and on reload.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/result.h"
#include "sip/edge.h"

namespace firstring::sip {

// For TLS and WSS listeners.
Result<std::shared_ptr<boost::asio::ssl::context>> make_server_context(const EdgeOptions& options);
// For the TLS connections that we open.
Result<std::shared_ptr<boost::asio::ssl::context>> make_client_context(const EdgeOptions& options);

}  // namespace firstring::sip
