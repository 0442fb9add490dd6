// GuestList: who is connected, how many from each address, and who must go when one too many comes.
//
// A guest that has asked nothing yet (it is silent, slow, or idle) lingers. When the list is full,
// the oldest that lingers makes room, so that hanging connections never shut honest ones out.
// Lives on: HTTP thread.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <string>

namespace firstring::http {

class Guest {
 public:
  virtual bool lingers() const = 0;
  virtual void turn_out() = 0;   // close at once; may call GuestList::left()
  virtual void say_goodbye() = 0;  // the server stops: close politely, soon

 protected:
  ~Guest() = default;
};

class GuestList {
 public:
  GuestList(std::size_t from_one_address_max, std::size_t all_max)
      : from_one_address_max_(from_one_address_max), all_max_(all_max) {}

  // Makes room if it must. False: full of guests who are being served.
  bool make_room(const std::string& address);
  void came(Guest& guest, const std::string& address);
  void left(Guest& guest);

  void say_goodbye_to_all();
  void turn_all_out();
  std::size_t size() const { return guests_.size(); }

 private:
  struct Entry {
    Guest* guest;
    std::string address;
  };
  bool turn_one_out(const std::string* address);

  const std::size_t from_one_address_max_, all_max_;
  std::list<Entry> guests_;      // in order of arrival
  std::map<std::string, std::size_t> by_address_;
};

}  // namespace firstring::http
