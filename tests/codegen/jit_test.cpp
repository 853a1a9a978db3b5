// The compiler as a service: object cache, threads, lifetimes, text.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "ir/text.h"
#include "tests/codegen/modules.h"

namespace elba::test {

namespace {

namespace fs = std::filesystem;
using codegen::CompileStats;
using codegen::Jit;

// A directory of one test's own.
struct Directory {
  Directory()
      : path(fs::temp_directory_path() /
             ("elba-cache-" + std::to_string(::getpid()) + "-" + std::to_string(count++))) {
    fs::remove_all(path);
  }
  ~Directory() { fs::remove_all(path); }
  [[nodiscard]] std::vector<fs::path> objects() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path))
      found.push_back(entry.path());
    return found;
  }
  fs::path path;
  static inline int count = 0;
};

std::shared_ptr<Jit> make_jit(const Directory& directory, std::uint64_t limit = std::uint64_t{256} << 20) {
  auto jit = Jit::create(
      {.cache_dir = directory.path.string(), .use_cache = true, .cache_limit_bytes = limit});
  REQUIRE(jit);
  return *jit;
}

ir::Module loops(const std::string& name) { return bufferise_checked(parse(example(name).text())); }

// Compiles the module, checks a result and says whether it came from the cache.
bool hits(Jit& jit, const std::string& name) {
  const ir::Module module = parse(example(name).text());
  CompileStats stats;
  auto compiled = jit.compile(bufferise_checked(module), &stats);
  REQUIRE(compiled);
  const Sizes& sizes = example(name).sizes[0];
  const auto arguments = random_arguments(module, "f", sizes, 3);
  const auto expected = ir::interpret(module, "f", arguments, sizes);
  REQUIRE(expected);
  check_equal(*expected, run_compiled(*compiled, "f", arguments, sizes));
  CHECK(stats.object_bytes > 0);
  if (stats.cache_hit) CHECK(stats.codegen_ms + stats.irgen_ms + stats.optimise_ms == 0);
  return stats.cache_hit;
}

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

TEST_CASE("objects are found again, by what they are made from", "[codegen]") {
  Directory directory;
  CHECK_FALSE(hits(*make_jit(directory), "wells"));
  CHECK(hits(*make_jit(directory), "wells"));
  CHECK_FALSE(hits(*make_jit(directory), "radon"));
  CHECK(hits(*make_jit(directory), "radon"));
  CHECK(directory.objects().size() == 2);
  auto off = Jit::create({.cache_dir = directory.path.string(), .use_cache = false});
  REQUIRE(off);
  CHECK_FALSE(hits(**off, "wells"));
}

TEST_CASE("damaged and foreign cache files are not used, and are replaced", "[codegen]") {
  Directory directory;
  const auto jit = make_jit(directory);
  CHECK_FALSE(hits(*jit, "wells"));
  REQUIRE(directory.objects().size() == 1);
  const fs::path path = directory.objects()[0];
  const std::string good = contents(path);
  std::vector<std::string> bad = {"", "x", "not an object at all", std::string(good.size(), '\0')};
  for (std::size_t size : {std::size_t{7}, std::size_t{60}, good.size() / 2, good.size() - 1})
    bad.push_back(good.substr(0, size));
  for (std::size_t at = 0; at < good.size(); at += good.size() / 23) {
    bad.push_back(good);
    bad.back()[at] = static_cast<char>(bad.back()[at] ^ 0x10);
  }
  bad.push_back(good + "more");
  for (const std::string& bytes : bad) {
    write(path, bytes);
    CHECK_FALSE(hits(*jit, "wells"));
    CHECK(contents(path) == good);
    CHECK(hits(*jit, "wells"));
  }
}

TEST_CASE("a cache file that others may write is not run", "[codegen]") {
  Directory directory;
  const auto jit = make_jit(directory);
  CHECK_FALSE(hits(*jit, "wells"));
  const fs::path path = directory.objects().at(0);
  fs::permissions(path, fs::perms::others_write, fs::perm_options::add);
  CHECK_FALSE(hits(*jit, "wells"));
  CHECK(hits(*jit, "wells"));
  const fs::path moved = directory.path / "elsewhere";
  fs::rename(path, moved);
  fs::create_symlink(moved, path);
  CHECK_FALSE(hits(*jit, "wells"));
}

TEST_CASE("a cache that cannot be written costs a compilation", "[codegen]") {
  Directory directory;
  write(directory.path, "a file where the directory should be");
  const auto jit = make_jit(directory);
  CHECK_FALSE(hits(*jit, "wells"));
  CHECK_FALSE(hits(*jit, "wells"));
}

TEST_CASE("the oldest objects leave a full cache", "[codegen]") {
  Directory directory;
  {
    const auto jit = make_jit(directory);
    CHECK_FALSE(hits(*jit, "wells"));
    CHECK_FALSE(hits(*jit, "radon"));
  }
  std::uint64_t total = 0;
  for (const auto& path : directory.objects()) {
    total += fs::file_size(path);
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(2));
  }
  write(directory.path / ".writing-1-1", "left behind");
  fs::last_write_time(directory.path / ".writing-1-1",
                      fs::file_time_type::clock::now() - std::chrono::hours(2));
  const auto jit = make_jit(directory, total);
  CHECK(hits(*jit, "wells"));  // makes it the youngest
  CHECK_FALSE(hits(*jit, "scalars"));
  CHECK(hits(*jit, "wells"));
  CHECK(hits(*jit, "scalars"));
  CHECK_FALSE(fs::exists(directory.path / ".writing-1-1"));
  CHECK_FALSE(hits(*jit, "radon"));
}

TEST_CASE("processes that race for one cache all succeed", "[codegen]") {
  Directory directory;
  std::vector<ir::Module> modules;
  for (const char* name : {"wells", "garch", "radon"})
    modules.push_back(loops(name));
  std::vector<pid_t> children;
  for (int k = 0; k < 4; ++k) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // No assertions here: the exit status tells.
      auto jit = Jit::create({.cache_dir = directory.path.string()});
      bool good = static_cast<bool>(jit);
      for (int round = 0; good && round < 10; ++round) {
        if (round % 3 == 0) {
          std::error_code ignored;
          for (const auto& entry : fs::directory_iterator(directory.path, ignored))
            fs::remove(entry.path(), ignored);
        }
        for (const ir::Module& module : modules) {
          auto compiled = (*jit)->compile(module);
          good = good && compiled && compiled->find("f") && compiled->find("f")->entry;
        }
      }
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(hits(*make_jit(directory), "wells") == hits(*make_jit(directory), "wells"));
}

TEST_CASE("threads compile and run at once", "[codegen]") {
  const std::jthread warming = codegen::warm_up();
  Directory directory;
  const auto jit = make_jit(directory);
  const char* names[] = {"wells", "garch", "radon", "packs"};
  std::vector<ir::Module> modules;
  for (const char* name : names)
    modules.push_back(loops(name));
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t k = 0; k < 4; ++k)
    threads.emplace_back([&, k] {
      for (std::size_t round = 0; round < 6; ++round) {
        auto compiled = jit->compile(modules[(k + round) % 4]);
        good[k] += compiled && compiled->find("f") && compiled->find("f")->entry;
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(good == std::vector<int>(4, 6));
}

TEST_CASE("code lives as long as a handle to it", "[codegen]") {
  const ir::Module module = parse(example("garch").text());
  const Sizes& sizes = example("garch").sizes[0];
  const auto arguments = random_arguments(module, "f", sizes, 3);
  codegen::CompiledModule kept;
  CHECK(kept.find("f") == nullptr);
  {
    auto jit = Jit::create();
    REQUIRE(jit);
    for (int round = 0; round < 3; ++round) {
      auto compiled = (*jit)->compile(bufferise_checked(module));
      REQUIRE(compiled);
      kept = *compiled;
    }
  }
  check_equal(*ir::interpret(module, "f", arguments, sizes), run_compiled(kept, "f", arguments, sizes));
  CHECK(kept.find("g") == nullptr);
}

TEST_CASE("the text of a compiled module", "[codegen]") {
  const auto llvm = codegen::llvm_text(loops("wells"));
  REQUIRE(llvm);
  CHECK(llvm->find("define void @elba_fn_f(") != std::string::npos);
  CHECK(llvm->find("fadd reassoc contract double") != std::string::npos);
  CHECK(llvm->find("nnan") == std::string::npos);
  CHECK(llvm->find("fast") == std::string::npos);
  CHECK(llvm->find("alloca") == std::string::npos);  // every cell became a register
  const auto assembler = codegen::asm_text(loops("wells"));
  REQUIRE(assembler);
  CHECK(assembler->find("elba_math_exp") != std::string::npos);
}

TEST_CASE("several functions of one module", "[codegen]") {
  const ir::Module module = parse(R"(module @m level tensor {
  dim N
  func @f.bind(%x: f64[N] data) -> (f64[N]) {
    %l = nest (%i < N) -> (stack f64[N]) {
      %v = read %x, %i : f64
      %e = exp %v : f64
      yield %e
    }
    return %l
  }
  func @f(%x: f64[N] data, %c: f64[N] cache) -> (f64) {
    %s = nest (%i < N) -> (sum f64) {
      %v = read %c, %i : f64
      yield %v
    }
    return %s
  }
})");
  const Sizes sizes = {{"N", 5}};
  const auto compiled = compile(bufferise_checked(module));
  const auto x = random_arguments(module, "f.bind", sizes, 1);
  const auto cache = run_compiled(compiled, "f.bind", x, sizes);
  const auto sum = run_compiled(compiled, "f", {x[0], cache[0]}, sizes);
  check_equal(*ir::interpret(module, "f", {x[0], cache[0]}, sizes), sum);
  REQUIRE(compiled.dims() == std::vector<std::string>{"N"});
}

}  // namespace elba::test
