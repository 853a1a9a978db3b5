// checkpoint_log: what a long computation has finished, and how far it is with the rest, so that it can go on
// after it was killed.
//
// A computation is a function of its inputs: whoever runs it again does the same steps in the same order, and
// asks the journal at each long one whether its result, or the middle of it, is there. So a resumed run ends
// bit for bit where an uninterrupted one does. Entries are bytes under a name; the host is handed the whole
// at intervals and keeps it where it likes. Safe to use from several threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace elba::runtime {

class Journal {
 public:
  using Clock = std::chrono::steady_clock;
  using Entries = std::map<std::string, std::string>;

  // `save` is called at most once in `seconds`, from the thread that keeps something.
  Journal(Entries entries, double seconds, std::function<void(const Entries&)> save)
      : entries_(std::move(entries)), seconds_(seconds), save_(std::move(save)) {}

  [[nodiscard]] std::optional<std::string> find(const std::string& name) const;
  void keep(const std::string& name, std::string bytes);
  void drop(const std::string& name);
  void save_now();

  // Whether the middle of something that was last kept at `then` should be kept again.
  [[nodiscard]] bool is_due(Clock::time_point then) const {
    return std::chrono::duration<double>(Clock::now() - then).count() >= seconds_;
  }

 private:
  mutable std::mutex mutex_;
  Entries entries_;
  double seconds_;
  std::function<void(const Entries&)> save_;
  Clock::time_point saved_ = Clock::now();
};

// A place in a journal; none where there is no journal.
struct Record {
  Journal* journal = nullptr;
  std::string name;

  [[nodiscard]] std::optional<std::string> find() const {
    return journal != nullptr ? journal->find(name) : std::nullopt;
  }
  void keep(std::string bytes) const {
    if (journal != nullptr) journal->keep(name, std::move(bytes));
  }
  void drop() const {
    if (journal != nullptr) journal->drop(name);
  }
  [[nodiscard]] Record part(const std::string& suffix) const { return {journal, name + " " + suffix}; }
};

// Plain values, and vectors and strings of them, one after the other. The same machine reads them that wrote
// them.
class ByteWriter {
 public:
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(values.size());
    if constexpr (std::is_trivially_copyable_v<T>) {
      if (!values.empty())
        bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    } else {
      for (const T& value : values)
        put(value);
    }
  }
  void put(const std::string& text) {
    put(text.size());
    bytes_ += text;
  }
  template <class... T>
  void put_all(const T&... values) {
    (put(values), ...);
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Once something does not fit, everything after it reads as nothing and `is_whole` is false.
class ByteReader {
 public:
  explicit ByteReader(const std::string& bytes) : bytes_(bytes) {}

  template <class T>
    requires std::is_trivially_copyable_v<T>
  void get(T& value) {
    if (!has(sizeof value)) return;
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
  }
  template <class T>
  void get(std::vector<T>& values) {
    std::size_t count = 0;
    get(count);
    values.clear();
    if constexpr (std::is_trivially_copyable_v<T>) {
      if (count > bytes_.size() / sizeof(T) || !has(count * sizeof(T))) return fail();
      values.resize(count);
      if (count > 0) std::memcpy(values.data(), bytes_.data() + at_, count * sizeof(T));
      at_ += count * sizeof(T);
    } else {
      for (std::size_t k = 0; k < count && is_whole_; ++k)
        get(values.emplace_back());
    }
  }
  void get(std::string& text) {
    std::size_t count = 0;
    get(count);
    if (!has(count)) return;
    text.assign(bytes_, at_, count);
    at_ += count;
  }
  template <class... T>
  void get_all(T&... values) {
    (get(values), ...);
  }
  [[nodiscard]] bool is_whole() const { return is_whole_ && at_ == bytes_.size(); }
  [[nodiscard]] bool is_fine() const { return is_whole_; }

 private:
  [[nodiscard]] bool has(std::size_t count) {
    is_whole_ = is_whole_ && count <= bytes_.size() - at_;
    return is_whole_;
  }
  void fail() { is_whole_ = false; }

  const std::string& bytes_;
  std::size_t at_ = 0;
  bool is_whole_ = true;
};

}  // namespace elba::runtime
