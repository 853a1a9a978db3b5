// layout: text with places where a line may break, set to a width. Knows nothing of the language.
//
// A group is printed on one line when it fits; else all its breaks become line ends. A fill breaks only where
// it must. Source: Wadler, "A prettier printer", 2003, with the usual strict, linear-time `fits`.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace elba::layout {

struct Node;
using Doc = std::shared_ptr<const Node>;

[[nodiscard]] Doc text(std::string words);
[[nodiscard]] Doc line();      // a space, or a line end
[[nodiscard]] Doc softline();  // nothing, or a line end
[[nodiscard]] Doc concat(std::vector<Doc> parts);
[[nodiscard]] Doc nest(Doc inner);  // line ends inside are indented one step more
[[nodiscard]] Doc group(Doc inner);
[[nodiscard]] Doc fill(std::vector<Doc> items);  // items in turn, a line break between each two where it must

[[nodiscard]] std::string flat(const Doc& doc);
// Text from column `indent` on; no line is longer than `width` where a break can help.
[[nodiscard]] std::string render(const Doc& doc, int indent, int width);

}  // namespace elba::layout
