// lex: the generated lexer's tokens as ours, with spans in bytes, and repaired ones back to what the
// generated parser reads. A part of parse.cpp, which alone includes it (behind the generated lexer).
#pragma once

#include "frontend/syntax/ast.h"
#include "frontend/tokens/repair.h"
#include "frontend/tokens/text_check.h"
#include "frontend/tokens/token.h"
#include "support/diagnostics.h"

namespace elba {

using grammar::ModelLexer;

// About a megabyte of text; the syntax tree takes some kilobytes for each.
inline constexpr std::size_t max_tokens = 250'000;

struct Lexed {
  Tokens tokens;
  std::vector<ast::Comment> comments;
  bool is_whole = true;  // false: not read to its end, which has been reported
};

inline TokenKind kind_of(std::size_t type) {
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
inline std::vector<std::uint32_t> byte_offsets(std::string_view text) {
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

inline Lexed lex(const Source& source, Sink& sink) {
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
inline std::size_t type_of(std::string_view spelling, const antlr4::dfa::Vocabulary& vocabulary) {
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

}  // namespace elba
