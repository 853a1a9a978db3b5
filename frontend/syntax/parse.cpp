// parse: runs the generated parser over repaired tokens and builds the syntax tree. The only file that knows
// ANTLR; lex.h, skip_statement.h, build_expr.h and build_ast.h are parts of it.
//
//   text -> tokens (ModelLexer) -> repairs (repair.h) -> parse tree (ModelParser) -> ast::Program
//
// The grammar is LL(1), so the parser never predicts by simulation: a new process parses a model in under a
// millisecond. Not here: the wording of syntax errors (syntax_message.cpp) and what is done about foreign
// spellings (frontend/foreign/operators.cpp).
#include "frontend/syntax/parse.h"

#include <antlr4-runtime.h>

#include <algorithm>

#include "ModelLexer.h"
#include "ModelParser.h"
#include "frontend/syntax/build_ast.h"
#include "frontend/syntax/lex.h"
#include "frontend/syntax/skip_statement.h"
#include "frontend/tokens/repair.h"
#include "frontend/tokens/text_check.h"
#include "frontend/tokens/token_walk.h"

namespace elba {
namespace {

void run_parser(const Tokens& tokens, const Source& source, Sink& sink, ParseResult& result) {
  RepairedTokens repaired(tokens, static_cast<std::uint32_t>(source.text().size()));
  antlr4::CommonTokenStream stream(&repaired);
  ModelParser parser(&stream);
  parser.removeErrorListeners();
  const auto strategy = std::make_shared<SkipStatement>(repaired, source.text(), sink);
  parser.setErrorHandler(strategy);
  const auto* tree = parser.program();
  result.program = AstBuilder(source, sink).program(*tree);
  if (!sink.has_errors()) return;
  strategy->collect_lost(result.lost_names);
  std::vector<const Token*> removed;
  for (const Token& token : tokens) {
    if (token.removed) {
      removed.push_back(&token);
    } else {
      collect_declared(removed, result.lost_names);
      removed.clear();
    }
  }
  collect_declared(removed, result.lost_names);
}

}  // namespace

ParseResult parse(const Source& source) {
  ParseResult result;
  Sink sink;
  if (check_text(source, sink)) {
    auto [tokens, comments, is_whole] = lex(source, sink);
    if (is_whole) {
      remove_hash_comments(tokens, source, sink);
      remove_counting_loops(tokens, source, sink);
      balance_brackets(tokens, source, sink);
      result.is_stan = holds_stan_program(tokens, source);
      rewrite_foreign_spellings(tokens, source, sink);
      report_lexical(tokens, sink);
      if (check_nesting(tokens, sink)) run_parser(tokens, source, sink, result);
    }
    if (result.program.decls.empty() && !sink.has_errors())
      sink.report(Code::empty_program, {0, 0}).suggest("declare a model: `model name { ... }`");
    result.program.comments = std::move(comments);
  }
  result.diagnostics = first_reports(sink.sorted(), sink.dropped());
  return result;
}

std::string tokens_text(const Source& source) {
  Sink sink;
  if (!check_text(source, sink)) return {};
  const auto [tokens, comments, is_whole] = lex(source, sink);
  std::vector<std::tuple<Span, std::string, std::string_view>> rows;
  for (const auto& token : tokens)
    rows.emplace_back(token.span,
                      RepairedTokens::vocabulary().getSymbolicName(static_cast<std::size_t>(token.type)),
                      token.text);
  for (const auto& comment : comments)
    rows.emplace_back(comment.span, "COMMENT", comment.text);
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return std::get<0>(a).begin < std::get<0>(b).begin; });
  std::string out;
  for (const auto& [span, kind, text] : rows) {
    const auto [line, column] = source.position(span.begin);
    out += std::to_string(line) + ":" + std::to_string(column) + " " + kind + " ";
    for (const char c : text)
      out += c == '\n' ? std::string("\\n") : c == '\r' ? std::string() : std::string(1, c);
    out += "\n";
  }
  return out;
}

}  // namespace elba
