// ModelLexer: the tokens of a model file (docs/language.md, section 1.2). No target-language actions.
//
// Whitespace is dropped; comments stay on the hidden channel for the formatter. The lexer accepts every text: what
// is no token becomes UNCLOSED_COMMENT, UNCLOSED_STRING or UNEXPECTED, and frontend/syntax/parse.cpp words the message.
lexer grammar ModelLexer;

// Declarations
IMPORT  : 'import' ;
FUN     : 'fun' ;
DIST    : 'dist' ;
MODEL   : 'model' ;
GUIDE   : 'guide' ;

// Statements: each keyword names a role
DIM     : 'dim' ;
DATA    : 'data' ;
PARAM   : 'param' ;
INIT    : 'init' ;
LATENT  : 'latent' ;
LET     : 'let' ;
PREDICT : 'predict' ;
FACTOR  : 'factor' ;
AUTO    : 'auto' ;
FOR     : 'for' ;
IN      : 'in' ;
IF      : 'if' ;
ELSE    : 'else' ;
RETURN  : 'return' ;

// Literals and names
TRUE    : 'true' ;
FALSE   : 'false' ;
ID      : [a-zA-Z_] [a-zA-Z_0-9]* ;
REAL    : [0-9]+ '.' [0-9]* EXPONENT? | '.' [0-9]+ EXPONENT? | [0-9]+ EXPONENT ;
INT     : [0-9]+ ;
STRING  : '"' ~["\r\n]* '"' ;
fragment EXPONENT : [eE] [+-]? [0-9]+ ;

// Brackets and punctuation
LBRACE    : '{' ;
RBRACE    : '}' ;
LPAREN    : '(' ;
RPAREN    : ')' ;
LBRACKET  : '[' ;
RBRACKET  : ']' ;
COMMA     : ',' ;
SEMICOLON : ';' ;
COLON     : ':' ;
TILDE     : '~' ;
ASSIGN    : '=' ;

// Operators; `@` before a name at the start of a statement is an attribute
POWER         : '^' ;
DOT_POWER     : '.^' ;
APOSTROPHE    : '\'' ;
NOT           : '!' ;
STAR          : '*' ;
SLASH         : '/' ;
AT            : '@' ;
DOT_STAR      : '.*' ;
DOT_SLASH     : './' ;
PERCENT       : '%' ;
PLUS          : '+' ;
MINUS         : '-' ;
LESS          : '<' ;
LESS_EQUAL    : '<=' ;
GREATER       : '>' ;
GREATER_EQUAL : '>=' ;
EQUAL         : '==' ;
NOT_EQUAL     : '!=' ;
AND           : '&&' ;
OR            : '||' ;
QUESTION      : '?' ;

// Trivia
SPACE         : [ \t\r\n]+ -> skip ;
LINE_COMMENT  : '//' ~[\r\n]* -> channel(HIDDEN) ;
BLOCK_COMMENT : '/*' ( ~'*' | '*'+ ~[*/] )* '*'+ '/' -> channel(HIDDEN) ;

// What is no token: matched last, so that every text has a token sequence
UNCLOSED_COMMENT : '/*' ( ~'*' | '*'+ ~[*/] )* '*'* ;
UNCLOSED_STRING  : '"' ~["\r\n]* ;
UNEXPECTED       : . ;
