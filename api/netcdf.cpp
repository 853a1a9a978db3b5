// netcdf: InferenceData as the bytes of a NetCDF-4 file, through the netCDF C library.
//
// The library and what it needs (HDF5, and more) is loaded when a file is asked for, not with the program: `elba` starts in the time of one
// compile, and that would double it. The file is made in memory, so that the host alone meets the disk.
// Layout: one group of the file for each group of InferenceData, with dims and coordinate variables of its own, as xarray writes them;
// booleans are bytes with the attribute dtype = "bool".
#include <dlfcn.h>
#include <netcdf.h>
#include <netcdf_mem.h>

#include <cstdlib>
#include <map>

#include "api/output.h"
#include "api/unguarded_output.h"

namespace elba {

namespace {

struct Library {
  decltype(&nc_create_mem) create = nullptr;
  decltype(&nc_close_memio) close = nullptr;
  decltype(&nc_def_grp) def_group = nullptr;
  decltype(&nc_def_dim) def_dim = nullptr;
  decltype(&nc_def_var) def_var = nullptr;
  decltype(&nc_put_att_text) put_text = nullptr;
  decltype(&nc_put_var_double) put_reals = nullptr;
  decltype(&nc_put_var_longlong) put_integers = nullptr;
  decltype(&nc_put_var_schar) put_bytes = nullptr;
  decltype(&nc_strerror) words = nullptr;
  std::string problem;   // why it is not there

  Library() {
    void* handle = dlopen(ELBA_NETCDF_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr) {
      problem = dlerror();
      return;
    }
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
      if (function == nullptr) problem = std::string("it has no `") + name + "`";
    };
    find(create, "nc_create_mem");
    find(close, "nc_close_memio");
    find(def_group, "nc_def_grp");
    find(def_dim, "nc_def_dim");
    find(def_var, "nc_def_var");
    find(put_text, "nc_put_att_text");
    find(put_reals, "nc_put_var_double");
    find(put_integers, "nc_put_var_longlong");
    find(put_bytes, "nc_put_var_schar");
    find(words, "nc_strerror");
  }
};

const Library& library() {
  static const Library loaded;
  return loaded;
}

// The first error ends it; what follows is skipped.
class File {
 public:
  explicit File(const Library& library) : library_(library) { is_open_ = check(library_.create("posterior.nc", NC_NETCDF4, 1 << 16, &file_)); }

  void group(const OutputGroup& group, const std::vector<std::pair<std::string, std::string>>& attributes) {
    int id = 0;
    if (!check(library_.def_group(file_, group.name.c_str(), &id))) return;
    text(id, attributes);
    std::map<std::string, int> dims;
    for (const OutputVariable& variable : group.variables) {
      std::vector<int> of_variable;
      for (std::size_t axis = 0; axis < variable.dims.size(); ++axis) {
        const auto [at, is_new] = dims.try_emplace(variable.dims[axis], 0);
        if (is_new) check(library_.def_dim(id, variable.dims[axis].c_str(), static_cast<std::size_t>(variable.shape[axis]), &at->second));
        of_variable.push_back(at->second);
      }
      put(id, variable, of_variable);
    }
  }

  void text(int group, const std::vector<std::pair<std::string, std::string>>& attributes, int variable = NC_GLOBAL) {
    for (const auto& [name, value] : attributes) check(library_.put_text(group, variable, name.c_str(), value.size(), value.c_str()));
  }

  [[nodiscard]] int root() const { return file_; }

  Result<std::string> bytes() {
    NC_memio memory{};
    if (is_open_) check(library_.close(file_, &memory));
    std::string out;
    if (status_ == NC_NOERR && memory.memory != nullptr) out.assign(static_cast<const char*>(memory.memory), memory.size);
    std::free(memory.memory);
    if (status_ != NC_NOERR) return make_diagnostic(Code::file_not_writable, {}, {"posterior.nc", library_.words(status_)});
    return out;
  }

 private:
  void put(int group, const OutputVariable& variable, const std::vector<int>& dims) {
    const int type = variable.element == Element::real ? NC_DOUBLE : variable.element == Element::integer ? NC_INT64 : NC_BYTE;
    int id = 0;
    if (!check(library_.def_var(group, variable.name.c_str(), type, static_cast<int>(dims.size()), dims.data(), &id)) || variable.values.empty()) return;
    if (variable.element == Element::real) {
      check(library_.put_reals(group, id, variable.values.data()));
    } else if (variable.element == Element::integer) {
      const std::vector<long long> values(variable.values.begin(), variable.values.end());
      check(library_.put_integers(group, id, values.data()));
    } else {
      text(group, {{"dtype", "bool"}}, id);
      const std::vector<signed char> values(variable.values.begin(), variable.values.end());
      check(library_.put_bytes(group, id, values.data()));
    }
  }

  bool check(int status) {
    if (status_ == NC_NOERR) status_ = status;
    return status_ == NC_NOERR;
  }

  const Library& library_;
  int file_ = 0, status_ = NC_NOERR;
  bool is_open_ = false;
};

}  // namespace

Result<std::string> unguarded::netcdf_bytes(const InferenceData& data) {
  if (!library().problem.empty())
    return make_diagnostic(Code::file_not_writable, {}, {"posterior.nc", "the netCDF library is not there: " + library().problem}).suggest("install it (Debian: libnetcdf19), or read the draws from chain_1.csv");
  File file(library());
  file.text(file.root(), data.attributes);
  for (const OutputGroup& group : data.groups) file.group(group, data.attributes);
  return file.bytes();
}

}  // namespace elba
