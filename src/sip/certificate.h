// A self-signed certificate for TLS and WSS, for those who bring none, and what one should know of
// any certificate: until when it is valid.
// Lives on: any thread; called at start-up and on reload.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace firstring::sip {

struct CertificateFiles {
  std::string certificate_file, key_file;  // PEM
};

// `folder`/server.crt and `folder`/server.key (mode 0600). What is there already is kept; otherwise
// an EC P-256 key and a certificate for localhost, 127.0.0.1, ::1 and `names` (host names or IP
// addresses) are made, valid for ten years. The folder must exist.
Result<CertificateFiles> ensure_certificate(const std::string& folder,
                                            const std::vector<std::string>& names = {});

// When the (first) certificate in the file ends being valid.
Result<WallTime> certificate_expiry(const std::string& certificate_file);

}  // namespace firstring::sip
