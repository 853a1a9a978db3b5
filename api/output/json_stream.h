// json_stream: an answer with a long list in it, printed without being put together first.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "api/inference_data.h"

namespace elba {

// The keys of `head`, then `name`: [item(0), .., item(count - 1)], then the keys of `tail`, as one object of
// them would be dumped: on one line, or indented by two. False when `sink` takes no more.
bool stream_json(const nlohmann::ordered_json& head, const std::string& name, std::size_t count,
                 const std::function<nlohmann::ordered_json(std::size_t)>& item,
                 const nlohmann::ordered_json& tail, bool is_indented, const TextSink& sink);

// What is not known, or does not exist, is null.
[[nodiscard]] nlohmann::ordered_json finite_or_null(double value);

}  // namespace elba
