// parse: runs the generated parser over repaired tokens and builds the syntax tree. The only file that knows
// ANTLR.
//
//   text -> tokens (ModelLexer) -> repairs (repair.h) -> parse tree (ModelParser) -> ast::Program
//
// The grammar is LL(1), so the parser never predicts by simulation: a new process parses a model in under a
// millisecond. Not here: the wording of syntax errors (syntax_message.cpp) and what is done about foreign
// spellings (frontend/foreign/operators.cpp).
#include "frontend/syntax/parse.h"

#include <antlr4-runtime.h>

#include <algorithm>
#include <charconv>

#include "ModelLexer.h"
#include "ModelParser.h"
#include "frontend/syntax/build_ast.h"
#include "frontend/syntax/syntax_message.h"
#include "frontend/tokens/repair.h"
#include "frontend/tokens/text_check.h"
#include "frontend/tokens/token_walk.h"

namespace elba {
namespace {

using grammar::ModelLexer;
using grammar::ModelParser;
// About a megabyte of text; the syntax tree takes some kilobytes for each.
constexpr std::size_t max_tokens = 250'000;
struct Lexed {
  Tokens tokens;
  std::vector<ast::Comment> comments;
  bool is_whole = true;  // false: not read to its end, which has been reported
};

// ---- Tokens ----

TokenKind kind_of(std::size_t type) {
  switch (type) {
    case ModelLexer::ID:
      return TokenKind::name;
    case ModelLexer::INT:
      return TokenKind::integer;
    case ModelLexer::REAL:
      return TokenKind::real;
    case ModelLexer::STRING:
      return TokenKind::string;
    case ModelLexer::UNCLOSED_COMMENT:
      return TokenKind::unclosed_comment;
    case ModelLexer::UNCLOSED_STRING:
      return TokenKind::unclosed_string;
    case ModelLexer::UNEXPECTED:
      return TokenKind::unexpected;
    default:
      return type <= ModelLexer::FALSE ? TokenKind::keyword : TokenKind::punctuation;
  }
}

// The lexer counts code points and spans count bytes; entry i is the byte at which code point i starts.
std::vector<std::uint32_t> byte_offsets(std::string_view text) {
  std::vector<std::uint32_t> offsets;
  offsets.reserve(text.size() + 1);
  for (std::uint32_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) offsets.push_back(i);
  offsets.push_back(static_cast<std::uint32_t>(text.size()));
  return offsets;
}

// Brackets that are open at once, as far as they can be told apart before they are paired (repair.h):
// untrusted text must not be read to the end of ten megabytes of `(` before that is said.
class OpenBrackets {
 public:
  // True when the token opens one too many.
  bool take(const Token& token, bool begins_declaration) {
    if (begins_declaration) open_.clear();
    if (token.kind != TokenKind::punctuation) return false;
    if (token.is("(") || token.is("[") || token.is("{")) open_.push_back(token.text.front());
    if (token.is(";"))
      while (!open_.empty() && open_.back() != '{')
        open_.pop_back();
    if (!open_.empty() && (token.is(")") || token.is("]") || token.is("}"))) open_.pop_back();
    return open_.size() > static_cast<std::size_t>(max_nesting);
  }

 private:
  std::string open_;
};

Lexed lex(const Source& source, Sink& sink) {
  const std::string_view text = source.text();
  const std::uint32_t skipped = byte_order_mark_size(text);
  const auto offsets = byte_offsets(text.substr(skipped));
  antlr4::ANTLRInputStream stream(text.substr(skipped).data(), text.size() - skipped);
  ModelLexer lexer(&stream);
  lexer.removeErrorListeners();
  Lexed out;
  OpenBrackets open;
  std::size_t line = 0;
  for (auto token = lexer.nextToken(); token->getType() != antlr4::Token::EOF; token = lexer.nextToken()) {
    const Span span{skipped + offsets[token->getStartIndex()], skipped + offsets[token->getStopIndex() + 1]};
    if (out.tokens.size() + out.comments.size() >= max_tokens) {
      sink.report(Code::too_many_tokens, span, {std::to_string(max_tokens)})
          .suggest(
              "keep the data in a data file, write what repeats as a loop, and bring functions in with "
              "`import`");
      out.is_whole = false;
      return out;
    }
    if (token->getChannel() == antlr4::Token::HIDDEN_CHANNEL) {
      out.comments.push_back({std::string(source.text(span)), span});
      continue;
    }
    const bool first = token->getLine() != line;
    line = token->getLine();
    out.tokens.push_back({kind_of(token->getType()), static_cast<int>(token->getType()), span,
                          source.text(span), first, false});
    const bool begins_declaration = first && token->getCharPositionInLine() == 0 &&
                                    token->getType() >= ModelLexer::IMPORT &&
                                    token->getType() <= ModelLexer::GUIDE;
    if (open.take(out.tokens.back(), begins_declaration)) {
      report_nesting(out.tokens.back(), max_nesting, sink);
      out.is_whole = false;
      return out;
    }
  }
  return out;
}

// The generated number of an inserted token, by its spelling.
std::size_t type_of(std::string_view spelling, const antlr4::dfa::Vocabulary& vocabulary) {
  for (std::size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type)
    if (vocabulary.getLiteralName(type) == "'" + std::string(spelling) + "'") return type;
  return ModelLexer::UNEXPECTED;
}

// Feeds the kept tokens to the parser. Start and stop indices are bytes of the source.
class RepairedTokens : public antlr4::TokenSource {
 public:
  RepairedTokens(const Tokens& tokens, std::uint32_t end) : end_(end) {
    for (const auto& token : tokens)
      if (!token.removed) kept_.push_back(&token);
  }

  std::unique_ptr<antlr4::Token> nextToken() override {
    if (next_ >= kept_.size()) return make(antlr4::Token::EOF, {end_, end_});
    const Token& token = *kept_[next_++];
    const std::size_t inserted = token.kind == TokenKind::name ? std::size_t{ModelLexer::ID}
                                 : token.type >= 0             ? 0
                                                               : type_of(token.text, vocabulary());
    const auto type = token.type >= 0 ? static_cast<std::size_t>(token.type) : inserted;
    return make(type, token.span);
  }
  [[nodiscard]] Token at(std::ptrdiff_t index) const {
    if (index >= 0 && index < static_cast<std::ptrdiff_t>(kept_.size())) return *kept_[index];
    Token none;
    none.span = index < 0 ? Span{0, 0} : Span{end_, end_};
    none.first_on_line = true;
    return none;
  }
  [[nodiscard]] const Token* kept(std::size_t index) const {
    return index < kept_.size() ? kept_[index] : nullptr;
  }
  [[nodiscard]] static const antlr4::dfa::Vocabulary& vocabulary() {
    static const ModelLexer lexer(nullptr);
    return lexer.getVocabulary();
  }

  size_t getLine() const override { return 0; }
  size_t getCharPositionInLine() override { return 0; }
  antlr4::CharStream* getInputStream() override { return nullptr; }
  std::string getSourceName() override { return {}; }
  antlr4::TokenFactory<antlr4::CommonToken>* getTokenFactory() override {
    return antlr4::CommonTokenFactory::DEFAULT.get();
  }

 private:
  std::unique_ptr<antlr4::Token> make(std::size_t type, Span span) {
    const std::pair<antlr4::TokenSource*, antlr4::CharStream*> origin{this, nullptr};
    return std::make_unique<antlr4::CommonToken>(origin, type, antlr4::Token::DEFAULT_CHANNEL, span.begin,
                                                 std::size_t{span.end} - 1);
  }

  std::vector<const Token*> kept_;
  std::size_t next_ = 0;
  std::uint32_t end_;
};

// ---- Errors ----

bool starts_declaration(std::size_t type) { return type >= ModelLexer::IMPORT && type <= ModelLexer::GUIDE; }
bool is_name(std::size_t type) {
  return type == ModelLexer::ID || type == ModelLexer::INIT || starts_declaration(type);
}
bool starts_statement(std::size_t type) {
  return (type >= ModelLexer::DIM && type <= ModelLexer::RETURN && type != ModelLexer::INIT &&
          type != ModelLexer::IN && type != ModelLexer::ELSE) ||
         is_name(type) || type == ModelLexer::AT;
}

using LostNames = std::set<std::string, std::less<>>;

// The names in a text that stand where a declaration or a definition has its name: at the start of a
// statement, after a keyword or a type, or before `=`, `~`, `:`, `;` or `,`.
void collect_declared(const std::vector<const Token*>& tokens, LostNames& names) {
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

// ---- Driver ----

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
