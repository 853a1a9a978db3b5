// netcdf: InferenceData as a NetCDF-4 file, through the netCDF C library.
//
// The library and what it needs (HDF5, and more) is loaded when a file is asked for, not with the program:
// `elba` starts in the time of one compile, and that would double it.
//
// Variables of draws that come from one source are written together, one pass over the draws: a block of rows
// is made, and each variable's part of it is handed over chunk by chunk. A chunk is written when it is whole,
// past the library's cache, so that it is compressed once and nothing waits for the end. Layout: one group of
// the file for each group of InferenceData, with dims and coordinate variables of its own, as xarray writes
// them; booleans are bytes with the attribute dtype = "bool".
#include <dlfcn.h>
#include <netcdf.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <map>

#include "api/inference_data.h"
#include "api/model/handles.h"
#include "api/output/unguarded.h"
#include "runtime/control/interruption.h"

namespace elba {

namespace {

struct Library {
  decltype(&nc_create) create = nullptr;
  decltype(&nc_close) close = nullptr;
  decltype(&nc_def_grp) def_group = nullptr;
  decltype(&nc_def_dim) def_dim = nullptr;
  decltype(&nc_def_var) def_var = nullptr;
  decltype(&nc_put_att_text) put_text = nullptr;
  decltype(&nc_def_var_chunking) chunk = nullptr;
  decltype(&nc_def_var_deflate) deflate = nullptr;
  decltype(&nc_set_var_chunk_cache) cache = nullptr;
  decltype(&nc_put_vara_double) put_reals = nullptr;
  decltype(&nc_put_vara_longlong) put_integers = nullptr;
  decltype(&nc_put_vara_schar) put_bytes = nullptr;
  decltype(&nc_strerror) words = nullptr;
  std::string problem;  // why it is not there

  Library() {
    void* handle = dlopen(ELBA_NETCDF_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr) {
      problem = dlerror();
      return;
    }
    // HDF5 tidies up when the process ends, and crashes over a file that could not be written. Nothing is
    // left for it to do: files are closed here.
    if (const auto leave_exit = reinterpret_cast<int (*)()>(dlsym(handle, "H5dont_atexit"));
        leave_exit != nullptr)
      leave_exit();
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
      if (function == nullptr) problem = std::string("it has no `") + name + "`";
    };
    find(create, "nc_create");
    find(close, "nc_close");
    find(def_group, "nc_def_grp");
    find(def_dim, "nc_def_dim");
    find(def_var, "nc_def_var");
    find(put_text, "nc_put_att_text");
    find(chunk, "nc_def_var_chunking");
    find(deflate, "nc_def_var_deflate");
    find(cache, "nc_set_var_chunk_cache");
    find(put_reals, "nc_put_vara_double");
    find(put_integers, "nc_put_vara_longlong");
    find(put_bytes, "nc_put_vara_schar");
    find(words, "nc_strerror");
  }
};

const Library& library() {
  static const Library loaded;
  return loaded;
}

constexpr std::size_t chunk_bytes = std::size_t{1} << 20, block_bytes = std::size_t{8} << 20;
constexpr std::size_t worth_compressing = 1024;  // numbers
constexpr int effort = 1;  // of deflate: the low digits of draws do not compress, whatever the effort

// A power of two, so that whole chunks make up a block of rows.
std::size_t rows_within(std::size_t bytes, std::size_t width) {
  return std::bit_floor(std::max<std::size_t>(1, bytes / (sizeof(double) * std::max<std::size_t>(width, 1))));
}

// How the numbers of one draw, or of an array of data, fall into pieces of at most a megabyte: the axes
// behind `split` are whole, those before it are 1.
struct Pieces {
  std::vector<std::size_t> chunk, shape;  // by axis
  std::size_t numbers = 1;                // of the largest piece
};
Pieces pieces_of(std::vector<std::size_t> shape) {
  Pieces pieces{std::vector<std::size_t>(shape.size(), 1), std::move(shape), 1};
  constexpr std::size_t most = chunk_bytes / sizeof(double);
  for (std::size_t axis = pieces.shape.size(); axis-- > 0;) {
    pieces.chunk[axis] = std::max<std::size_t>(1, std::min(pieces.shape[axis], most / pieces.numbers));
    pieces.numbers *= pieces.chunk[axis];
    if (pieces.chunk[axis] < pieces.shape[axis]) break;
  }
  return pieces;
}

// The first error ends it; what follows is skipped.
class File {
 public:
  File(const Library& library, const std::string& path) : library_(library) {
    is_open_ = check(library_.create(path.c_str(), NC_NETCDF4 | NC_CLOBBER, &file_));
  }
  ~File() {
    if (is_open_) library_.close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void group(const OutputGroup& group, const std::vector<std::pair<std::string, std::string>>& attributes) {
    int id = 0;
    if (!check(library_.def_group(file_, group.name.c_str(), &id))) return;
    text(id, attributes);
    std::map<std::string, int> dims;
    std::vector<Defined> defined;
    for (const OutputVariable& variable : group.variables) {
      std::vector<int> of_variable;
      for (std::size_t axis = 0; axis < variable.dims.size(); ++axis) {
        const auto [at, is_new] = dims.try_emplace(variable.dims[axis], 0);
        if (is_new)
          check(library_.def_dim(id, variable.dims[axis].c_str(),
                                 static_cast<std::size_t>(variable.shape[axis]), &at->second));
        of_variable.push_back(at->second);
      }
      define(id, variable, of_variable, defined);
    }
    for (const Defined& one : defined)
      if (one.variable->source == nullptr) put(one, {}, {}, one.variable->values.data());
    std::vector<const DrawSource*> sources;
    for (const Defined& one : defined)
      if (const DrawSource* source = one.variable->source.get();
          source != nullptr && std::find(sources.begin(), sources.end(), source) == sources.end())
        sources.push_back(source);
    for (const DrawSource* source : sources)
      put_draws(*source, defined);
  }

  void text(int group, const std::vector<std::pair<std::string, std::string>>& attributes,
            int variable = NC_GLOBAL) {
    for (const auto& [name, value] : attributes)
      check(library_.put_text(group, variable, name.c_str(), value.size(), value.c_str()));
  }

  [[nodiscard]] int root() const { return file_; }

  Status close(const std::string& path) {
    if (is_open_) check(library_.close(file_));
    is_open_ = false;
    if (is_cut_) return interrupted();
    if (status_ == NC_NOERR) return Done{};
    return make_diagnostic(Code::file_not_writable, {},
                           {path, cause_ != 0 ? std::strerror(cause_) : library_.words(status_)});
  }

 private:
  struct Defined {
    int group, id;
    const OutputVariable* variable;
    Pieces pieces;
  };

  // With its chunks, which are known before anything is written. The numbers of a source have two axes more,
  // chain and draw.
  void define(int group, const OutputVariable& variable, const std::vector<int>& dims,
              std::vector<Defined>& out) {
    const int type = variable.element == Element::real      ? NC_DOUBLE
                     : variable.element == Element::integer ? NC_INT64
                                                            : NC_BYTE;
    int id = 0;
    if (!check(library_.def_var(group, variable.name.c_str(), type, static_cast<int>(dims.size()),
                                dims.data(), &id)))
      return;
    if (variable.element == Element::boolean) text(group, {{"dtype", "bool"}}, id);
    const std::size_t outer = variable.source == nullptr ? 0 : 2,
                      numbers = variable.count() * (outer == 0 ? 1 : variable.source->draws());
    if (numbers == 0) return;
    Pieces pieces = pieces_of(std::vector<std::size_t>(
        variable.shape.begin() + static_cast<std::ptrdiff_t>(outer), variable.shape.end()));
    if (numbers >= worth_compressing) {
      std::vector<std::size_t> chunk = pieces.chunk;
      if (outer > 0) {
        const auto length = static_cast<std::size_t>(variable.shape[1]);
        chunk.insert(chunk.begin(), {1, std::min({length, rows_within(chunk_bytes, pieces.numbers),
                                                  rows_within(block_bytes, variable.source->width())})});
      }
      check(library_.chunk(group, id, NC_CHUNKED, chunk.data()));
      check(library_.deflate(group, id, 1, 1, effort));
      check(library_.cache(group, id, 0, 0, 0));
    }
    out.push_back({group, id, &variable, std::move(pieces)});
  }

  void put_draws(const DrawSource& source, const std::vector<Defined>& defined) {
    const std::size_t block = rows_within(block_bytes, source.width());
    const auto& shape = std::find_if(defined.begin(), defined.end(), [&](const Defined& one) {
                          return one.variable->source.get() == &source;
                        })->variable->shape;
    const auto length = static_cast<std::size_t>(shape[1]);
    std::vector<double> part;
    for (std::size_t chain = 0; chain < static_cast<std::size_t>(shape[0]) && status_ == NC_NOERR && !is_cut_;
         ++chain) {
      const bool is_whole = for_each_block(
          source, chain * length, length, block,
          [&](std::size_t first, std::size_t count, const double* rows) {
            for (const Defined& one : defined) {
              if (one.variable->source.get() != &source) continue;
              const std::size_t numbers = one.variable->count(),
                                at_once = rows_within(chunk_bytes, one.pieces.numbers);
              for (std::size_t k = 0; k < count; k += at_once) {
                const std::size_t now = std::min(at_once, count - k);
                part.resize(now * numbers);
                for (std::size_t row = 0; row < now; ++row)
                  std::copy_n(rows + (k + row) * source.width() + one.variable->first, numbers,
                              part.data() + row * numbers);
                put(one, {chain, first - chain * length + k}, {1, now}, part.data());
                if (status_ != NC_NOERR || is_cut_) return false;
              }
            }
            return true;
          });
      is_cut_ = is_cut_ || (!is_whole && status_ == NC_NOERR);
    }
  }

  // `values` of the outer axes `from` .. `from + count`, piece by piece. More than one row of them only where
  // a row is one piece.
  void put(const Defined& one, std::vector<std::size_t> from, std::vector<std::size_t> count,
           const double* values) {
    const Pieces& pieces = one.pieces;
    const std::size_t outer = from.size(), rows = outer == 0 ? 1 : count.back();
    from.resize(outer + pieces.shape.size(), 0);
    count.insert(count.end(), pieces.chunk.begin(), pieces.chunk.end());
    for (;;) {
      std::size_t numbers = rows;
      for (std::size_t axis = 0; axis < pieces.shape.size(); ++axis) {
        count[outer + axis] = std::min(pieces.chunk[axis], pieces.shape[axis] - from[outer + axis]);
        numbers *= count[outer + axis];
      }
      if (runtime::is_stopped()) is_cut_ = true;
      if (is_cut_ || !check(put_piece(one, from.data(), count.data(), values, numbers))) return;
      values += numbers;
      std::size_t axis = pieces.shape.size();
      while (axis > 0 && (from[outer + axis - 1] += pieces.chunk[axis - 1]) >= pieces.shape[axis - 1])
        from[outer + --axis] = 0;
      if (axis == 0) return;
    }
  }

  int put_piece(const Defined& one, const std::size_t* from, const std::size_t* count, const double* values,
                std::size_t numbers) {
    if (one.variable->element == Element::real)
      return library_.put_reals(one.group, one.id, from, count, values);
    if (one.variable->element == Element::integer) {
      integers_.assign(values, values + numbers);
      return library_.put_integers(one.group, one.id, from, count, integers_.data());
    }
    bytes_.assign(values, values + numbers);
    return library_.put_bytes(one.group, one.id, from, count, bytes_.data());
  }

  // `errno` is what the system said of the call that failed.
  bool check(int status) {
    if (status_ == NC_NOERR && status != NC_NOERR) {
      status_ = status;
      cause_ = errno == ENOSPC || errno == EFBIG || errno == EDQUOT || errno == EIO || errno == EACCES ||
                       errno == ENOENT
                   ? errno
                   : 0;
    }
    errno = 0;
    return status_ == NC_NOERR;
  }

  const Library& library_;
  int file_ = 0, status_ = NC_NOERR, cause_ = 0;
  bool is_open_ = false, is_cut_ = false;
  std::vector<long long> integers_;
  std::vector<signed char> bytes_;
};

}  // namespace

void unguarded::prepare_netcdf() { (void)library(); }

Status unguarded::write_netcdf(const InferenceData& data, const std::string& path) {
  if (!library().problem.empty())
    return make_diagnostic(Code::file_not_writable, {},
                           {path, "the netCDF library is not there: " + library().problem})
        .suggest("install it (Debian: libnetcdf19), or read the draws from chain_1.csv");
  File file(library(), path);
  file.text(file.root(), data.attributes);
  for (const OutputGroup& group : data.groups)
    file.group(group, data.attributes);
  return file.close(path);
}

}  // namespace elba
