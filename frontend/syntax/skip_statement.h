// skip_statement: what the parser does about a syntax error: one report a statement, then on behind it; and
// the names that what was passed over may have declared. A part of parse.cpp, as lex.h is.
#pragma once

#include <set>

#include "frontend/syntax/lex.h"
#include "frontend/syntax/syntax_message.h"

namespace elba {

using grammar::ModelParser;

inline bool starts_declaration(std::size_t type) {
  return type >= ModelLexer::IMPORT && type <= ModelLexer::GUIDE;
}
inline bool is_name(std::size_t type) {
  return type == ModelLexer::ID || type == ModelLexer::INIT || starts_declaration(type);
}
inline bool starts_statement(std::size_t type) {
  return (type >= ModelLexer::DIM && type <= ModelLexer::RETURN && type != ModelLexer::INIT &&
          type != ModelLexer::IN && type != ModelLexer::ELSE) ||
         is_name(type) || type == ModelLexer::AT;
}

using LostNames = std::set<std::string, std::less<>>;

// The names in a text that stand where a declaration or a definition has its name: at the start of a
// statement, after a keyword or a type, or before `=`, `~`, `:`, `;` or `,`.
inline void collect_declared(const std::vector<const Token*>& tokens, LostNames& names) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view text = tokens[i]->text;
    if (tokens[i]->kind == TokenKind::string && text.size() > 2)
      names.emplace(text.substr(1, text.size() - 2));  // a name in quotes
    if (tokens[i]->kind != TokenKind::name) continue;
    const Token* before = i > 0 ? tokens[i - 1] : nullptr;
    const Token* after = i + 1 < tokens.size() ? tokens[i + 1] : nullptr;
    const auto one_of = [](const Token* t, std::initializer_list<std::string_view> words) {
      return std::any_of(words.begin(), words.end(), [&](auto w) { return t->is(w); });
    };
    const bool begins = !before || before->kind == TokenKind::keyword || before->kind == TokenKind::name ||
                        one_of(before, {";", "{", "}", ">", "]", "."});
    const bool ends = after && one_of(after, {"=", "~", ":", ";", "in"});
    if (begins || ends) names.emplace(tokens[i]->text);
  }
}

// Reports once per statement, then goes on behind it. Errors travel up as ANTLR's exceptions to the rule of
// the statement.
class SkipStatement : public antlr4::ANTLRErrorStrategy {
 public:
  SkipStatement(const RepairedTokens& tokens, std::string_view text, Sink& sink)
      : tokens_(tokens), text_(text), sink_(sink) {
    for (const auto& d : sink.sorted())
      reported_.push_back(d.span.begin);
  }

  void reset(antlr4::Parser*) override { reporting_ = false; }
  bool inErrorRecoveryMode(antlr4::Parser*) override { return reporting_; }
  void reportMatch(antlr4::Parser*) override { reporting_ = false; }

  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException& e) override {
    if (reporting_) return;
    reporting_ = true;
    report(parser, e.getExpectedTokens());
  }

  antlr4::Token* recoverInline(antlr4::Parser* parser) override {
    const auto expected = parser->getExpectedTokens();
    const auto site = describe(parser, expected);
    if (!is_missing_semicolon(site)) throw antlr4::InputMismatchException(parser);
    report(parser, expected);
    const std::pair<antlr4::TokenSource*, antlr4::CharStream*> origin{nullptr, nullptr};
    const std::size_t at = site.previous.span.end;
    inserted_.push_back(std::make_unique<antlr4::CommonToken>(origin, ModelLexer::SEMICOLON, 0, at, at - 1));
    return inserted_.back().get();
  }

  void recover(antlr4::Parser* parser, std::exception_ptr error) override {
    const auto rule = parser->getContext()->getRuleIndex();
    if (rule != ModelParser::RuleStatement && rule != ModelParser::RuleMember &&
        rule != ModelParser::RuleDeclaration && rule != ModelParser::RuleProgram)
      std::rethrow_exception(error);
    const auto* start = parser->getContext()->start;
    const std::size_t first = start ? start->getTokenIndex() : parser->getInputStream()->index();
    skip(parser, rule == ModelParser::RuleDeclaration, false);
    lost_.emplace_back(first, parser->getInputStream()->index());
    reporting_ = false;
  }

  // The names that what was passed over may have declared.
  void collect_lost(LostNames& names) const {
    for (const auto& [first, end] : lost_) {
      std::vector<const Token*> passed;
      for (std::size_t i = first; i < end; ++i)
        if (const Token* token = tokens_.kept(i)) passed.push_back(token);
      collect_declared(passed, names);
    }
  }

  // Called at the head of every loop: what starts no statement (member, declaration) is reported and passed
  // over here, so that a block ends only at its own brace.
  void sync(antlr4::Parser* parser) override {
    const auto rule = parser->getContext()->getRuleIndex();
    const auto fits = [&](std::size_t type) {
      if (type == antlr4::Token::EOF) return true;
      if (rule == ModelParser::RuleProgram) return starts_declaration(type);
      // `fun f` inside of a block declares; `fun = 1` is a statement about a name.
      if (starts_declaration(type) && is_name(parser->getInputStream()->LA(2))) return false;
      if (rule == ModelParser::RuleMembers) return is_name(type) || type == ModelLexer::RBRACE;
      return starts_statement(type) || type == ModelLexer::RBRACE;
    };
    if (rule != ModelParser::RuleProgram && rule != ModelParser::RuleMembers &&
        rule != ModelParser::RuleBlock)
      return;
    while (!fits(parser->getInputStream()->LA(1))) {
      report(parser, parser->getExpectedTokens());
      const std::size_t first = parser->getInputStream()->index();
      skip(parser, false, true);
      lost_.emplace_back(first, parser->getInputStream()->index());
    }
  }

 private:
  SyntaxErrorSite describe(antlr4::Parser* parser, const antlr4::misc::IntervalSet& expected) const {
    SyntaxErrorSite site;
    auto* context = parser->getContext();
    site.rule = parser->getRuleNames()[context->getRuleIndex()];
    if (dynamic_cast<ModelParser::NameOrCallContext*>(context)) site.rule = "call";
    for (const auto type : expected.toList()) {
      if (type <= 0) continue;
      const auto literal = parser->getVocabulary().getLiteralName(static_cast<std::size_t>(type));
      site.expected.push_back(literal.size() > 2
                                  ? literal.substr(1, literal.size() - 2)
                                  : parser->getVocabulary().getSymbolicName(static_cast<std::size_t>(type)));
    }
    // Words that may be names are not listed beside "a name".
    if (expected.contains(static_cast<std::size_t>(ModelLexer::ID)))
      std::erase_if(site.expected, [](const std::string& word) {
        return word == "import" || word == "fun" || word == "dist" || word == "model" || word == "guide" ||
               word == "init";
      });
    const auto index = static_cast<std::ptrdiff_t>(parser->getInputStream()->index());
    site.found = tokens_.at(index);
    site.previous = tokens_.at(index - 1);
    site.rest = text_.substr(std::min<std::size_t>(site.found.span.end, text_.size()), 200);
    if (site.rule == "index") site.base = indexed_name(index);
    // A block that has not begun belongs to its statement.
    const bool no_brace = context->getRuleIndex() == ModelParser::RuleBlock && context->children.empty();
    auto* inside = no_brace ? dynamic_cast<antlr4::ParserRuleContext*>(context->parent) : context;
    if (const auto* start = enclosing(inside, ModelParser::RuleAction, ModelParser::RuleDeclaration)) {
      const auto first = static_cast<std::ptrdiff_t>(start->getTokenIndex());
      if (tokens_.at(first).kind == TokenKind::keyword) site.statement = tokens_.at(first).text;
      if (first + 1 < index && tokens_.at(first + 1).kind == TokenKind::name)
        site.name = tokens_.at(first + 1).text;
    }
    return site;
  }

  // The name in front of the bracket that is open at a token.
  std::string_view indexed_name(std::ptrdiff_t index) const {
    constexpr std::ptrdiff_t furthest = 1000;
    int depth = 0;
    for (std::ptrdiff_t i = index - 1; i > std::max<std::ptrdiff_t>(index - furthest, 0); --i) {
      const Token token = tokens_.at(i);
      if (token.is("]") || token.is(")")) ++depth;
      if ((token.is("[") || token.is("(")) && depth-- == 0) return tokens_.at(i - 1).text;
    }
    return {};
  }

  static antlr4::Token* enclosing(antlr4::RuleContext* context, std::size_t rule, std::size_t other) {
    for (; context; context = dynamic_cast<antlr4::RuleContext*>(context->parent))
      if (context->getRuleIndex() == rule || context->getRuleIndex() == other ||
          context->getRuleIndex() == ModelParser::RuleBlock)
        return context->getRuleIndex() == ModelParser::RuleBlock
                   ? nullptr
                   : dynamic_cast<antlr4::ParserRuleContext*>(context)->start;
    return nullptr;
  }

  void report(antlr4::Parser* parser, const antlr4::misc::IntervalSet& expected) {
    if (sink_.is_full()) return;  // nobody reads on, and to say what was expected takes time
    const auto site = describe(parser, expected);
    // A repair has spoken about this statement: what the parser adds would be about the repair.
    const auto* start = enclosing(parser->getContext(), ModelParser::RuleStatement,
                                  ModelParser::RuleDeclaration);
    const std::size_t from = start ? start->getStartIndex() : site.found.span.begin;
    const auto next_report = std::lower_bound(reported_.begin(), reported_.end(), from);  // sorted by place
    const bool known = next_report != reported_.end() && *next_report <= site.found.span.begin;
    // A keyword that was taken for a name is so wherever it is used, and statements without a model follow
    // one another.
    const bool again = site.found.kind == TokenKind::keyword && !site.found.first_on_line &&
                       reserved_.count(site.found.text) > 0;
    if (known || again) return;
    Diagnostic message = syntax_message(site);
    if (message.code == Code::reserved_word) reserved_.insert(site.found.text);
    if (message.code == Code::statement_outside && outside_) return;
    outside_ = message.code == Code::statement_outside;
    sink_.add(std::move(message));
  }

  // Consumes to the end of the statement (or declaration): its `;`, the end of its block, or what must be the
  // next one.
  void skip(antlr4::Parser* parser, bool declaration, bool consume_first) {
    auto* input = parser->getInputStream();
    int depth = 0;
    for (bool first = consume_first;; first = false) {
      const auto type = input->LA(1);
      if (type == antlr4::Token::EOF) return;
      const bool line_start = tokens_.at(static_cast<std::ptrdiff_t>(input->index())).first_on_line;
      const bool next_begins = line_start && type != ModelLexer::ID &&
                               (starts_statement(type) || starts_declaration(type));
      if (depth == 0 && !first && (declaration ? line_start && starts_declaration(type) : next_begins))
        return;
      // A first one closes nothing, and goes.
      if (depth == 0 && !first && type == ModelLexer::RBRACE && !declaration) return;
      parser->consume();
      if (type == ModelLexer::LBRACE) ++depth;
      const bool closed = type == ModelLexer::RBRACE && --depth <= 0;
      if (closed && !declaration && input->LA(1) != ModelLexer::ELSE) return;
      if (closed) depth = 0;
      if (type == ModelLexer::SEMICOLON && depth == 0 && !declaration) return;
    }
  }

  const RepairedTokens& tokens_;
  std::string_view text_;
  Sink& sink_;
  std::vector<std::uint32_t> reported_;
  std::vector<std::unique_ptr<antlr4::Token>> inserted_;
  std::vector<std::pair<std::size_t, std::size_t>> lost_;  // ranges of token indices that were passed over
  std::set<std::string_view> reserved_;
  bool reporting_ = false;
  bool outside_ = false;  // the last report was of a statement without a model
};

}  // namespace elba
