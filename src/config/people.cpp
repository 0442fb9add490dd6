#include <algorithm>
#include <cctype>
#include <set>

#include "config/parts.h"

namespace firstring::config {

bool is_slug(std::string_view text) {
  if (text.empty() || text.size() > 40 || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

namespace {

void check_slug(const std::string& slug, const Value& entry) {
  if (!is_slug(slug)) {
    entry.complain("the name \"" + slug + "\"", "at most 40 small letters, digits and hyphens");
  }
}

std::string read_extension(const Value& value) {
  const std::string extension = value.required_text("an extension such as 1001");
  const bool fits =
      extension.size() <= 16 && std::all_of(extension.begin(), extension.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
      });
  if (!extension.empty() && !fits) value.complain("at most 16 letters and digits");
  return extension;
}

acd::QueueSpec read_queue(const std::string& slug, const Value& entry) {
  entry.allow({"name", "ring_timeout", "wrap_up", "wrap_up_extension", "disposition_required",
               "aside", "wait_max", "waiting_max", "overflow", "exit_key_queue", "position_every",
               "position_first",
               "greeting", "music", "service_level_within", "short_abandon", "record",
               "recording_format", "answer_before", "strategy", "score", "requires", "relax",
               "rings", "priority_worth", "value_worth", "reserve", "ring_all_max", "missed_max",
               "last_agent", "overflow_to"});
  acd::QueueSpec queue;
  queue.slug = slug;
  queue.name = entry.member("name").text(slug);
  queue.ring_timeout = entry.member("ring_timeout").duration(queue.ring_timeout, 3s, 300s);
  queue.wrap_up = entry.member("wrap_up").duration(queue.wrap_up, 0s, 1h);
  queue.wrap_up_extension =
      entry.member("wrap_up_extension").duration(queue.wrap_up_extension, 0s, 10min);
  queue.disposition_required = entry.member("disposition_required").boolean(false);
  queue.aside = entry.member("aside").duration(queue.aside, 0s, 24h);
  queue.wait_max = entry.member("wait_max").duration(queue.wait_max, 5s, 24h);
  queue.waiting_max = entry.member("waiting_max").integer(queue.waiting_max, 0, 100'000);
  queue.overflow = entry.member("overflow").text();
  queue.exit_key_queue = entry.member("exit_key_queue").text();
  queue.position_every = entry.member("position_every").duration(queue.position_every, 0s, 1h);
  queue.position_first = entry.member("position_first").duration(queue.position_first, 0s, 1h);
  queue.greeting = read_prompt(entry.member("greeting"));
  queue.music = entry.member("music").text();
  queue.service_level_within =
      entry.member("service_level_within").duration(queue.service_level_within, 1s, 1h);
  queue.short_abandon = entry.member("short_abandon").duration(queue.short_abandon, 0s, 300s);
  queue.record = entry.member("record").boolean(false);
  queue.recording_format = entry.member("recording_format").text("wav");
  if (queue.recording_format != "wav" && queue.recording_format != "opus") {
    entry.member("recording_format").complain("wav or opus");
  }
  queue.answer_before = entry.member("answer_before").boolean(true);
  return queue;
}

}  // namespace

void read_queues(const Value& value, flow::Configuration& out) {
  value.each_member([&](const std::string& slug, const Value& entry) {
    check_slug(slug, entry);
    out.queues[slug] = read_queue(slug, entry);
  });
}

Secret read_secret(const Value& value) {
  if (!value.present()) return {};
  if (value.is_scalar()) return {.kind = Secret::Kind::literal, .value = value.text()};
  value.allow({"env", "file", "generate"});
  const std::pair<const char*, Secret::Kind> kinds[] = {{"env", Secret::Kind::environment},
                                                        {"file", Secret::Kind::file},
                                                        {"generate", Secret::Kind::generated}};
  for (const auto& [name, kind] : kinds) {
    const Value source = value.member(name);
    if (!source.present()) continue;
    const std::string text = source.required_text("a name");
    if (kind == Secret::Kind::generated && !is_slug(text))
      source.complain("a name of small letters, digits and hyphens");
    return {.kind = kind, .value = text};
  }
  value.complain("a text, {env: NAME}, {file: PATH} or {generate: NAME}");
  return {};
}

void read_agents(const Value& value, flow::Configuration& out, std::vector<PhoneSpec>& phones) {
  std::set<std::string> extensions;
  value.each_member([&](const std::string& slug, const Value& entry) {
    check_slug(slug, entry);
    entry.allow({"name", "extension", "password", "contact", "queues", "ready_on_register",
                 "skills", "languages", "team", "supervises"});
    acd::AgentSpec agent;
    agent.slug = slug;
    agent.name = entry.member("name").text(slug);
    agent.extension = read_extension(entry.member("extension"));
    agent.contact = entry.member("contact").text();
    read_abilities(entry, agent);
    agent.supervises = entry.member("supervises").texts();
    agent.ready_on_register = entry.member("ready_on_register").boolean(true);
    if (!agent.extension.empty() && !extensions.insert(agent.extension).second) {
      entry.member("extension").complain("an extension that no other agent has");
    }
    const Secret password = read_secret(entry.member("password"));
    if (password.kind == Secret::Kind::none && agent.contact.empty()) {
      entry.complain("neither a password nor a contact",
                     "a password (the phone registers) or a contact (a fixed SIP address)");
    }
    if (!agent.contact.empty() && !agent.contact.starts_with("sip:") &&
        !agent.contact.starts_with("sips:")) {
      entry.member("contact").complain("a SIP address such as sip:anna@10.0.0.5");
    }
    if (password.kind != Secret::Kind::none) {
      phones.push_back({.extension = agent.extension, .name = agent.name, .password = password});
    }
    out.agents[slug] = std::move(agent);
  });
}

void read_phones(const Value& value, const flow::Configuration& agents,
                 std::vector<PhoneSpec>& phones) {
  value.each_member([&](const std::string& extension, const Value& entry) {
    entry.allow({"name", "password"});
    const bool taken = std::any_of(agents.agents.begin(), agents.agents.end(),
                                   [&](const auto& a) { return a.second.extension == extension; });
    if (taken) entry.complain("extension " + extension, "an extension that no agent has");
    PhoneSpec phone{.extension = extension,
                    .name = entry.member("name").text(extension),
                    .password = read_secret(entry.member("password"))};
    if (phone.password.kind == Secret::Kind::none) entry.member("password").complain("a password");
    phones.push_back(std::move(phone));
  });
}

void read_trunks(const Value& value, std::vector<TrunkSpec>& trunks) {
  value.each_member([&](const std::string& name, const Value& entry) {
    check_slug(name, entry);
    entry.allow(
        {"addresses", "trusted", "number", "registrar", "user", "password", "register_every"});
    TrunkSpec trunk;
    trunk.name = name;
    trunk.addresses = entry.member("addresses").texts();
    trunk.trusted = entry.member("trusted").boolean(false);
    trunk.number = entry.member("number").text();
    trunk.registrar = entry.member("registrar").text();
    trunk.user = entry.member("user").text();
    trunk.password = read_secret(entry.member("password"));
    trunk.register_every = entry.member("register_every").duration(300s, 30s, 24h);
    if (!trunk.registrar.empty() && !trunk.registrar.starts_with("sip:") &&
        !trunk.registrar.starts_with("sips:")) {
      entry.member("registrar").complain("a SIP address such as sip:carrier.example");
    }
    if (!trunk.registrar.empty() && trunk.user.empty()) {
      entry.complain("a registrar without a user", "the user name that the carrier gave you");
    }
    if (trunk.registrar.empty() && trunk.addresses.empty()) {
      entry.complain("neither addresses nor a registrar", "at least one of them");
    }
    trunks.push_back(std::move(trunk));
  });
}

}  // namespace firstring::config
