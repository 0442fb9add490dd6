// DialBook: the PhoneBook of production: extensions by their registrations, SIP addresses by DNS,
// outside parties through trunks.
// Lives on: control loop.
#pragma once

#include <list>
#include <memory>

#include "server/access.h"
#include "server/adapters/phone_book.h"
#include "sip/resolver.h"

namespace firstring::server {

class DialBook final : public PhoneBook {
 public:
  DialBook(const Access& access, sip::Resolver& resolver) : access_(access), resolver_(resolver) {}

  void find(const std::string& target,
            std::function<void(const std::vector<DialTarget>&)> done) override;

 private:
  const Access& access_;
  sip::Resolver& resolver_;
  std::list<std::unique_ptr<sip::Lookup>> lookups_;  // under way
};

}  // namespace firstring::server
