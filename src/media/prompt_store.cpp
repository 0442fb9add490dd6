#include "media/prompt_store.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>
#include <vector>

#include "io/loop.h"
#include "io/mailbox.h"
#include "media/prompt_sound.h"
#include "media/sound_file.h"

namespace firstring::media {
namespace {

constexpr std::size_t k_name_bytes_max = 200;
constexpr std::size_t k_text_bytes_max = 2000;

// One prompt. Written by the store's thread, each field once; read by all without a lock.
struct Entry {
  enum class Kind { file, text, music } kind = Kind::file;
  std::string source;
  std::array<std::atomic<const PromptSound*>, 4> sounds{};   // by Codec
  std::array<std::atomic<bool>, 4> wanted{};
  std::atomic<const std::string*> problem{nullptr};
};

std::string hex_sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  const int done = EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr);
  ASSERT(done == 1);
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += k_digits[hash[i] >> 4];
    hex += k_digits[hash[i] & 15];
  }
  return hex;
}

bool is_plain_name(std::string_view name) {
  if (name.empty() || name.size() > k_name_bytes_max || name.front() == '.') return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
  });
}

class PreparedPrompts final : public PromptStore {
 public:
  explicit PreparedPrompts(PromptStoreOptions options)
      : options_(std::move(options)),
        entries_(options_.prompts_max + 1),
        jobs_(options_.prompts_max * 8 + 64, [this] { loop_.wake(); }) {
    loop_.on_wake([this] { run_jobs(); });
    thread_ = std::thread([this] { loop_.run(); });
  }

  ~PreparedPrompts() override {
    stopping_.store(true);
    loop_.stop();
    thread_.join();
    for (auto& slot : entries_) {
      const std::unique_ptr<Entry> entry(slot.load());
      if (!entry) continue;
      for (auto& sound : entry->sounds) {
        const std::unique_ptr<const PromptSound> owned(sound.load());
      }
      const std::unique_ptr<const std::string> problem(entry->problem.load());
    }
  }

  std::uint32_t file(std::string_view name) override { return request(Entry::Kind::file, name); }
  std::uint32_t text(std::string_view sentence) override {
    return request(Entry::Kind::text, sentence.substr(0, k_text_bytes_max));
  }
  std::uint32_t music(std::string_view name) override {
    return name.empty() ? request(Entry::Kind::music, "") : file(name);
  }

  void wait_until_ready() override {
    for (int waiting = waiting_.load(); waiting > 0; waiting = waiting_.load()) {
      waiting_.wait(waiting);
    }
  }

  std::string problem(std::uint32_t prompt) const override {
    const Entry* entry = find(prompt);
    if (entry == nullptr) return prompt == 0 ? "There are too many prompts." : "No such prompt.";
    const std::string* text = entry->problem.load(std::memory_order_acquire);
    return text == nullptr ? "" : *text;
  }

  const PromptSound* sound(std::uint32_t prompt, Codec codec) override {
    static const PromptSound k_nothing;
    Entry* entry = find(prompt);
    if (entry == nullptr) return &k_nothing;
    const auto at = static_cast<std::size_t>(codec);
    const PromptSound* sound = entry->sounds[at].load(std::memory_order_acquire);
    if (sound == nullptr) want(prompt, *entry, codec);
    return sound;
  }

 private:
  struct Job {
    std::uint32_t prompt;
    Codec codec;
  };

  Entry* find(std::uint32_t prompt) const {
    if (prompt == 0 || prompt >= entries_.size()) return nullptr;
    return entries_[prompt].load(std::memory_order_acquire);
  }

  std::uint32_t request(Entry::Kind kind, std::string_view source) {
    const auto key = std::pair(kind, std::string(source));
    const auto known = numbers_.find(key);
    if (known != numbers_.end()) return known->second;
    const auto number = static_cast<std::uint32_t>(numbers_.size() + 1);
    if (number >= entries_.size()) return 0;
    auto entry = std::make_unique<Entry>();
    entry->kind = kind;
    entry->source = source;
    Entry& made = *entry;
    entries_[number].store(entry.release(), std::memory_order_release);
    numbers_[key] = number;
    // Nearly all calls are G.711; the others are made when the first call wants them.
    want(number, made, Codec::pcmu);
    want(number, made, Codec::pcma);
    return number;
  }

  void want(std::uint32_t prompt, Entry& entry, Codec codec) {
    if (entry.wanted[static_cast<std::size_t>(codec)].exchange(true)) return;
    waiting_.fetch_add(1);
    const bool kept = jobs_.put({prompt, codec});
    ASSERT(kept);  // each prompt has at most four in the box
  }

  void run_jobs() {
    std::vector<Job> jobs;
    jobs_.take(jobs);
    Sound sound;
    std::uint32_t loaded = 0;   // whose sound that is
    for (const Job& job : jobs) {
      if (!stopping_.load()) {
        Entry& entry = *find(job.prompt);
        if (loaded != job.prompt) {
          auto made = load(entry);
          sound = made ? std::move(made).value() : Sound{};
          if (!made) complain(entry, made.error().detail);
          loaded = job.prompt;
        }
        publish(entry, job.codec, sound);
      }
      waiting_.fetch_sub(1);
      waiting_.notify_all();
    }
  }

  void publish(Entry& entry, Codec codec, const Sound& sound) {
    auto prompt = std::make_unique<PromptSound>();
    if (!sound.samples.empty()) {
      auto encoded = encode_prompt(sound, codec);
      if (encoded) {
        *prompt = std::move(encoded).value();
      } else {
        complain(entry, encoded.error().detail);
      }
    }
    entry.sounds[static_cast<std::size_t>(codec)].store(prompt.release(),
                                                       std::memory_order_release);
  }

  static void complain(Entry& entry, std::string text) {
    auto problem = std::make_unique<const std::string>(std::move(text));
    const std::string* none = nullptr;
    if (entry.problem.compare_exchange_strong(none, problem.get())) problem.release();
  }

  Result<Sound> load(const Entry& entry) const {
    if (entry.kind == Entry::Kind::music) return compose_music();
    if (entry.kind == Entry::Kind::text) return load_spoken(entry.source);
    if (!is_plain_name(entry.source)) {
      return Error{Code::invalid, "\"" + entry.source +
                                      "\" is no prompt's name: letters, digits, '_', '-' and '.'."};
    }
    std::string path = options_.prompt_folder + "/" + entry.source;
    if (access(path.c_str(), F_OK) != 0) path += ".wav";
    return read_sound_file(path, options_.seconds_max);
  }

  Result<Sound> load_spoken(const std::string& text) const {
    if (text.empty()) return Error{Code::invalid, "There is no text to speak."};
    const std::string path =
        options_.cache_folder + "/" + hex_sha256(std::string(k_voice) + "\n" + text) + ".wav";
    auto kept = read_sound_file(path, options_.seconds_max);
    if (kept) return kept;
    TRY(speak_to_file(text, path));
    return read_sound_file(path, options_.seconds_max);
  }

  const PromptStoreOptions options_;
  std::map<std::pair<Entry::Kind, std::string>, std::uint32_t> numbers_;
  std::vector<std::atomic<Entry*>> entries_;   // by number; 0 is none
  std::atomic<int> waiting_{0};                // jobs
  std::atomic<bool> stopping_{false};
  io::Loop loop_;
  io::Mailbox<Job> jobs_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<PromptStore>> PromptStore::create(PromptStoreOptions options) {
  std::error_code error;
  std::filesystem::create_directories(options.cache_folder, error);
  if (error || access(options.cache_folder.c_str(), W_OK) != 0) {
    return Error{Code::io, "The folder for spoken prompts, " + options.cache_folder +
                               ", cannot be written."};
  }
  return std::unique_ptr<PromptStore>(new PreparedPrompts(std::move(options)));
}

}  // namespace firstring::media
