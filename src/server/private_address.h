// Whether an address is of the public internet: where a webhook may go unless it is told otherwise.
// Loopback, link-local, private, shared, multicast, documentation and translated addresses are not
// (IANA special-purpose registries, RFC 6890).
// Lives on: any thread; pure.
#pragma once

#include <sys/socket.h>

namespace firstring::server {

bool is_public_address(const sockaddr& address);

}  // namespace firstring::server
