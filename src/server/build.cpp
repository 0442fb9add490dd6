#include "server/build.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <variant>

#include "flow/exits.h"
#include "flow/local_time.h"
#include "flow/sentences.h"
#include "io/entropy.h"
#include "server/calendar.h"
#include "server/derivation.h"
#include "server/secrets.h"
#include "sip/certificate.h"
#include "sip/dns_resolver.h"

namespace firstring::server {
namespace {

namespace fs = std::filesystem;

// Local midnight of the business, at or before a time.
std::function<WallTime(WallTime)> midnight_in(const flow::Configuration& business) {
  return [zone = zone_of(business)](WallTime time) { return flow::start_of_day(zone, time); };
}

std::map<std::string, insight::QueueRules> rules_of(const flow::Configuration& business) {
  std::map<std::string, insight::QueueRules> rules;
  for (const auto& [slug, queue] : business.queues) {
    rules[slug] = {.service_level_within = queue.service_level_within,
                   .short_abandon = queue.short_abandon};
  }
  return rules;
}

media::Codec codec_of(const std::string& name) {
  if (name == "opus") return media::Codec::opus;
  if (name == "g722") return media::Codec::g722;
  if (name == "pcma") return media::Codec::pcma;
  return media::Codec::pcmu;
}

std::vector<Network> networks_of(const std::vector<std::string>& texts) {
  std::vector<Network> networks;
  for (const std::string& text : texts) {
    if (const auto network = parse_network(text)) networks.push_back(*network);
  }
  return networks;
}

sip::Transport transport_of(const std::string& name) {
  if (name == "tcp") return sip::Transport::tcp;
  if (name == "tls") return sip::Transport::tls;
  if (name == "ws") return sip::Transport::ws;
  if (name == "wss") return sip::Transport::wss;
  return sip::Transport::udp;
}

Result<std::vector<Phone>> phones_of(const Core& core, const std::vector<config::PhoneSpec>& specs,
                                     const flow::Configuration& business) {
  std::vector<Phone> phones;
  for (const config::PhoneSpec& spec : specs) {
    const std::string password = TRY(resolve_secret(spec.password, core.data_folder));
    Phone phone{.extension = spec.extension, .name = spec.name, .agent = {}, .ha1 = {}};
    phone.ha1 = sip::make_ha1(spec.extension, core.settings.domain, password);
    for (const auto& [slug, agent] : business.agents) {
      if (agent.extension == spec.extension) phone.agent = slug;
    }
    phones.push_back(std::move(phone));
  }
  return phones;
}

Result<std::map<std::string, std::string>> passwords_of(
    const Core& core, const std::vector<config::TrunkSpec>& specs) {
  std::map<std::string, std::string> passwords;
  for (const config::TrunkSpec& spec : specs) {
    passwords[spec.name] = TRY(resolve_secret(spec.password, core.data_folder));
  }
  return passwords;
}

Result<std::vector<Webhooks::Target>> webhooks_of(const Core& core,
                                                  std::vector<config::WebhookSpec> specs) {
  std::vector<Webhooks::Target> targets;
  for (config::WebhookSpec& spec : specs) {
    Webhooks::Target target{.name = std::move(spec.name), .url = std::move(spec.url), .secret = {}};
    if (spec.secret.kind != config::Secret::Kind::none) {
      target.secret = TRY(resolve_secret(spec.secret, core.data_folder));
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<std::vector<Trunk>> trunks_of(const Core& core, std::vector<config::TrunkSpec> specs) {
  std::vector<Trunk> trunks;
  for (config::TrunkSpec& spec : specs) {
    Trunk trunk;
    for (const std::string& text : spec.addresses) {
      const auto network = parse_network(text);
      if (!network) {
        return Error{Code::invalid, core.config_file + ": trunk " + spec.name + ": \"" + text +
                                        "\" is not an address such as 198.51.100.0/24"};
      }
      trunk.networks.push_back(*network);
    }
    trunk.spec = std::move(spec);
    trunks.push_back(std::move(trunk));
  }
  return trunks;
}

std::set<std::string> languages_of(const flow::Configuration& business) {
  std::set<std::string> languages{business.language};
  for (const auto& [name, flow] : business.flows) {
    for (const auto& [node_name, node] : flow.nodes) {
      if (const auto* language = std::get_if<flow::LanguageNode>(&node.kind)) {
        languages.insert(language->language);
      }
    }
  }
  return languages;
}

// Every prompt is spoken and encoded before the first caller asks for it.
void prepare_prompts(media::PromptStore& prompts, const flow::Configuration& business) {
  const auto prepare = [&](const call::Prompt& prompt) {
    if (prompt.kind == call::Prompt::Kind::text) prompts.text(prompt.value);
    if (prompt.kind == call::Prompt::Kind::file) prompts.file(prompt.value);
    if (prompt.kind == call::Prompt::Kind::music) prompts.music(prompt.value);
  };
  for (const auto& [slug, queue] : business.queues) {
    prepare(queue.greeting);
    for (const call::Prompt& prompt : queue.comfort) prepare(prompt);
    if (queue.callback.offered) {
      for (const std::string& language : languages_of(business)) {
        const auto all = flow::sentences::all(language, queue.callback.key, business.name);
        for (const call::Prompt& prompt : all) prepare(prompt);
      }
    }
    prompts.music(queue.music);
  }
  for (const auto& [name, flow] : business.flows) {
    for (const auto& [node_name, node] : flow.nodes) {
      for (const flow::LocalPrompt* prompt : flow::prompts_of(node)) {
        prepare(prompt->any);
        for (const auto& [language, local] : prompt->by_language) prepare(local);
      }
    }
  }
}

sip::TransportsOptions transports_of(const Core& core, const std::string& listen_ip) {
  sip::TransportsOptions options;
  for (const config::ListenSpec& spec : core.settings.sip) {
    sip::ListenerSpec listener;
    listener.transport = transport_of(spec.transport);
    listener.ip = listen_ip.empty() ? spec.ip : listen_ip;
    listener.port = spec.port;
    listener.ports_to_try = core.settings.sip_ports_to_try;
    listener.advertised_host = core.settings.advertised_ip;
    options.listeners.push_back(std::move(listener));
  }
  return options;
}

Result<void> make_folder(const std::string& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (!failed) return {};
  return Error{Code::io, "cannot make the folder " + path + ": " + failed.message()};
}

// The certificate of the configuration, or one of our own making.
Result<void> find_certificate(const Core& core, sip::TransportsOptions& options) {
  const bool wanted = std::any_of(
      options.listeners.begin(), options.listeners.end(), [](const sip::ListenerSpec& listener) {
        return listener.transport == sip::Transport::tls ||
               listener.transport == sip::Transport::wss;
      });
  options.edge.certificate_file = core.settings.certificate_file;
  options.edge.key_file = core.settings.key_file;
  if (!wanted || !options.edge.certificate_file.empty()) return {};
  const std::string folder = core.data_folder + "/certificates";
  TRY(make_folder(folder));
  const auto files = TRY(sip::ensure_certificate(folder, {core.settings.advertised_ip}));
  options.edge.certificate_file = files.certificate_file;
  options.edge.key_file = files.key_file;
  return {};
}

std::string random_key() {
  const auto bytes = io::entropy_bytes<32>();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string in_lines(const std::vector<config::Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + problem.to_text();
  return text;
}

Result<void> build_ledger(Core& core, const flow::Configuration& business) {
  TRY(make_folder(core.data_folder));
  core.journal = TRY(Journal::open(core.data_folder + "/firstring.log"));
  core.versions = std::make_unique<Versions>(core.data_folder);
  LedgerOptions options;
  options.folder = core.data_folder;
  options.tenant = business.tenant;
  options.rules = rules_of(business);
  options.start_of_day = midnight_in(business);
  options.log.commit_every_max = 100ms;
  Ledger::Given given{.clock = core.loop.clock(), .post = [&core](std::function<void()> work) {
                        // A full box: Ledger::every_second() makes up for it.
                        if (!core.posted.put(std::move(work))) return;
                      }};
  core.ledger = TRY(Ledger::open(std::move(given), std::move(options)));
  core.history = std::make_unique<History>(core.ledger->history_path(), business.tenant,
                                           core.ledger->log());
  core.figures = TRY(FiguresBook::open(core.data_folder + "/figures.db", business.tenant,
                                       core.ledger->log()));
  (void)core.ids.next(core.ledger->recovered().id_floor);
  core.desk = std::make_unique<work::Desk>(
      work::Desk::Given{core.loop.clock(), core.loop.timers(), core.outbox.facts,
                        [&core](std::string_view agent) {
                          const auto& agents = core.switchboard->configuration().agents;
                          return agents.contains(std::string(agent));
                        }},
      business.tenant);
  core.desk->begin_with(core.ledger->work());
  core.ledger->subscribe([&core](std::span<const call::Fact> facts) {
    core.desk->on_committed(facts);
    for (const call::Fact& fact : facts) {
      if (const auto id = removed_recording(fact)) erase_recording(core, *id);
    }
  });
  return {};
}

void erase_recording(Core& core, RecordingId id) {
  core.engine->erase_recording(core.data_folder + "/recordings/" + to_text(id));
}

Result<void> build_media(Core& core, int media_cpu) {
  TRY(make_folder(core.data_folder + "/recordings"));
  TRY(make_folder(core.data_folder + "/prompt-cache"));
  media::PromptStoreOptions prompts{.prompt_folder = core.settings.prompt_folder,
                                    .cache_folder = core.data_folder + "/prompt-cache"};
  core.prompts = TRY(media::PromptStore::create(std::move(prompts)));
  core.media_wakeup = std::make_unique<io::Wakeup>(core.loop, [&core] {
    std::vector<media::Report> reports;
    core.engine->take_reports(reports);
    for (const media::Report& report : reports) core.exchange->on_report(report);
  });
  media::EngineOptions options;
  options.bind_ip = core.settings.media_ip;
  options.advertised_ip = core.settings.advertised_ip;
  options.port_first = core.settings.media_port_first;
  options.port_last = core.settings.media_port_last;
  options.silence_after = core.settings.silence_ends_call;
  options.streams_max = static_cast<std::size_t>(core.settings.calls_max) * 2;
  options.cpu = media_cpu;
  core.engine = TRY(media::Engine::create(options, *core.prompts,
                                          [&core] { core.media_wakeup->wake(); }));
  for (const RecordingId id : core.ledger->recovered().recordings_removed) {
    erase_recording(core, id);
  }
  return {};
}

namespace {

Exchange::Options exchange_options(Core& core) {
  Core* const at = &core;
  Exchange::Options options{.codecs = {},
                            .srtp = core.settings.srtp,
                            .domain = core.settings.domain,
                            .recording_folder = core.data_folder + "/recordings",
                            .silence_ends_call = true,
                            .random_bytes = nullptr,
                            .on_broken = nullptr,
                            .call_webhook = nullptr};
  for (const std::string& codec : core.settings.codecs) options.codecs.push_back(codec_of(codec));
  options.random_bytes = [](std::vector<std::uint8_t>& bytes) {
    io::fill_with_entropy(std::as_writable_bytes(std::span(bytes)));
  };
  options.on_broken = [at](const std::string& what) {
    at->journal->warn("call_broken", {{"what", what}});
    at->ledger->raise_alarm("call_broken", "A call was ended because of a fault of ours: " + what);
  };
  options.call_webhook = [at](const call::CallWebhook& request) {
    at->webhooks->ask(request, at->loop.clock().wall_now());
  };
  return options;
}

void build_webhooks(Core& core) {
  Core* const at = &core;
  core.webhooks = Webhooks::create(
      core.settings.webhook_private_hosts, [at](call::WebhookAnswered answer) {
        // A full box: the switchboard waits no longer than it said.
        if (!at->posted.put([at, answer = std::move(answer)] {
              at->exchange->webhook_answered(answer);
            })) {
          return;
        }
      });
}

}  // namespace

Result<void> build_sip(Core& core, const std::string& listen_ip) {
  Core* const at = &core;
  core.access = std::make_unique<Access>(
      Access::Given{core.loop.clock(), core.loop.timers(), *core.reporter},
      Access::Options{.realm = core.settings.domain,
                      .key = random_key(),
                      .never_banned = networks_of(core.settings.never_banned),
                      .on_reachable = [at](std::string_view extension, bool reachable) {
                        at->exchange->phone_reachable(extension, reachable);
                      },
                      .trunk_at =
                          [at](const sip::Address& address) {
                            return at->carriers->trunk_at(address);
                          },
                      .keep =
                          [at](const sip::Peer& peer, Duration lifetime) {
                            at->transports->keep(peer, lifetime);
                          },
                      .after_commit =
                          [at](std::function<void()> then) {
                            at->ledger->append(at->outbox.facts);
                            at->ledger->after_commit(std::move(then));
                          }});
  sip::TransportsOptions listeners = transports_of(core, listen_ip);
  TRY(find_certificate(core, listeners));
  core.transports = TRY(sip::Transports::open(core.loop, core.arrivals, std::move(listeners)));
  core.resolver = TRY(sip::DnsResolver::create(core.loop, *core.random, {}));
  core.dial_book = std::make_unique<DialBook>(*core.access, *core.resolver);
  build_webhooks(core);
  core.exchange = std::make_unique<Exchange>(
      Exchange::Given{core.loop.clock(), core.ids, *core.switchboard, core.outbox, *core.engine,
                      *core.prompts, *core.dial_book, core.trace},
      exchange_options(core));
  core.signalling = std::make_unique<Signalling>(core.loop.clock(), *core.access, *core.exchange,
                                                 core.trace, *core.reporter,
                                                 Signalling::Options{core.settings.log_calls});
  sip::UserAgentOptions agent;
  agent.session_expires = core.settings.session_expires;
  agent.dialogs_max = static_cast<std::size_t>(core.settings.calls_max) * 2;
  core.user_agent = std::make_unique<sip::UserAgent>(
      sip::UserAgent::Given{core.loop.clock(), core.loop.timers(), *core.random, *core.transports,
                            *core.signalling},
      agent);
  core.exchange->connect(*core.user_agent);
  core.signalling->connect(*core.user_agent);
  core.carriers = std::make_unique<Carriers>(Carriers::Given{
      core.loop.clock(), core.loop.timers(), core.random->stream("carriers"), *core.user_agent,
      *core.transports, *core.resolver, *core.reporter, *core.ledger});
  return {};
}

Result<void> apply_business(Core& core, config::Loaded loaded) {
  auto phones = TRY(phones_of(core, loaded.phones, *loaded.business));
  const auto passwords = TRY(passwords_of(core, loaded.trunks));
  auto trunks = TRY(trunks_of(core, std::move(loaded.trunks)));
  auto webhooks = TRY(webhooks_of(core, std::move(loaded.webhooks)));
  TRY(core.carriers->configure(trunks, passwords));
  core.webhooks->configure(std::move(webhooks));
  core.tenant = loaded.business->tenant;
  core.name = loaded.business->name;
  core.version = loaded.business->version;
  core.configured = core.loop.clock().wall_now();
  core.reporter->set_tenant(core.tenant);
  prepare_prompts(*core.prompts, *loaded.business);
  core.ledger->set_rules(rules_of(*loaded.business));
  core.switchboard->configure(std::move(loaded.business));
  core.access->configure(std::move(phones), std::move(trunks));
  return {};
}

void restore_agents(Core& core) {
  for (const AgentPresence& presence : core.ledger->recovered().agents) {
    core.switchboard->restore_agent(presence.agent, presence.state, presence.reason);
  }
}

// Predictions begin with what calls of each queue took before the restart.
void restore_handle_times(Core& core) {
  constexpr int k_calls = 400;
  for (const auto& [slug, queue] : core.switchboard->configuration().queues) {
    api::CallQuery query;
    query.queue = slug;
    query.outcome = "answered";
    query.limit = k_calls;
    const auto calls = core.history->calls(query);
    if (!calls) continue;  // there is no history yet
    std::vector<Duration> handled;
    for (auto call = calls->rbegin(); call != calls->rend(); ++call) {
      if (call->talk_ms <= 0) continue;
      handled.push_back(Duration(1ms) * (call->talk_ms + call->hold_ms + call->wrap_up_ms));
    }
    core.switchboard->remember_handle_times(slug, handled);
  }
}

void restore_turns(Core& core) {
  for (const flow::KeptTurn& turn : core.ledger->recovered().turns) {
    core.switchboard->restore_turn(turn);
  }
}

void restore_phones(Core& core) { core.access->restore(core.ledger->recovered().registrations); }

}  // namespace firstring::server
