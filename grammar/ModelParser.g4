// ModelParser: the syntax of a model file, in the order of docs/language.md (section numbers on the right).
// No target-language actions, every alternative labelled.
//
// One token decides every choice: the parser builds no look-ahead tables at start, and that is most of the time of a
// cold parse. Two rules therefore accept a little more than the language, and the AST builder rejects the rest: the left side of
// `=` in an argument or bound (must be a name), and the expressions in shapes and bounds (the checker's business).
// Precedence is the chain of rules from `expression` (loosest) to `primary` (tightest); grammar/README.md has the table.
parser grammar ModelParser;
options { tokenVocab = ModelLexer; }

// 1.2 Files and declarations

program : declaration* EOF ;

declaration
    : 'import' STRING ';'                                    # importDeclaration  // 1.6
    | 'fun' name '(' formals? ')' ( ':' type )? functionBody # funDeclaration     // 1.2
    | 'dist' name '(' formals? ')' ':' type members          # distDeclaration    // 1.5
    | 'model' name block                                     # modelDeclaration   // 1.2
    | 'guide' name ( 'for' name )? block                     # guideDeclaration   // 1.2
    ;

formals : formal ( ',' formal )* ;
formal  : name ( ':' type )? ;               // an untyped formal is allowed only in a member of a dist
functionBody
    : '=' expression ';' # expressionBody
    | block              # blockBody
    ;

members : '{' member* '}' ;
member  : name ( '(' formals? ')' )? memberBody ;   // 1.5
memberBody
    : '=' expression ';' # expressionMember
    | block              # blockMember
    | ';'                # markerMember
    ;

// 1.2 Statements

block : '{' statement* '}' ;

statement : attribute* action ;

attribute : '@' ID ( '(' arguments? ')' )? ;

action
    : 'dim' dimDefinition ( ',' dimDefinition )* ';'                       # dimStatement
    | 'data' name ':' type ';'                                             # dataStatement
    | 'param' name ':' type ( 'init' expression )? ';'                     # paramStatement
    | 'latent' name ( ':' type | shape )? ( '~' expression )? ';'          # latentStatement
    | 'let' name ( ':' type )? ( '=' expression )? ';'                     # letStatement
    | 'predict' name ( ':' type | shape )? op=( '~' | '=' ) expression ';' # predictStatement
    | 'factor' expression ';'                                              # factorStatement
    | 'auto' ID ( '(' arguments? ')' )? ( 'for' name ( ',' name )* )? ';'  # autoStatement
    | 'for' binders block                                                  # forStatement
    | 'if' '(' expression ')' block ( 'else' block )?                      # ifStatement
    | 'return' expression ';'                                              # returnStatement
    | target op=( '=' | '~' ) expression ';'                               # relationStatement
    ;

dimDefinition : name dimRelation* ( '=' sum )? ;
dimRelation   : op=( '<' | '<=' | '>' | '>=' ) sum ;        // `dim S >= n`
binders : binder ( ',' binder )* ;
binder  : name 'in' expression ( ':' expression )? ;
target  : name indices* ;

// 1.3 Types and shapes

type   : ID bounds? '?'? shape? ;
bounds : '<' bound ( ',' bound )* '>' ;
bound  : sum ( '=' sum )? ;                // `lower = 0`, or a value by position
shape  : '[' sum ( ',' sum )* ']' ;

// 1.2 Expressions, from loosest to tightest

expression  : disjunction ( '?' expression ':' expression )? ;
disjunction : conjunction ( '||' conjunction )* ;
conjunction : comparison ( '&&' comparison )* ;
comparison  : sum ( op+=( '<' | '<=' | '>' | '>=' | '==' | '!=' ) sum )* ;
sum         : product ( op+=( '+' | '-' ) product )* ;
product     : prefix ( op+=( '*' | '/' | '@' | '.*' | './' | '%' ) prefix )* ;
prefix
    : op=( '-' | '+' | '!' ) prefix # unary
    | power                         # plain
    ;
power   : postfix ( op=( '^' | '.^' ) prefix )? ;          // to the right: 2^3^2 is 2^9, and -x^2 is -(x^2)
postfix : primary ( indices | '\'' )* ;

primary
    : INT                                                    # intLiteral
    | REAL                                                   # realLiteral
    | STRING                                                 # stringLiteral
    | op=( 'true' | 'false' )                                # boolLiteral
    | name ( '(' arguments? ')' )?                           # nameOrCall
    | '(' expression ')'                                     # parenthesis
    | '[' expression ( generator | ( ',' expression )* ) ']' # bracket
    ;

arguments : argument ( ',' argument )* generator? ;        // a generator belongs to the last argument: `sum(e for i in 1:N)`
argument  : expression ( '=' expression )? ;               // `name = e`
generator : 'for' binders ;

indices : '[' index ( ',' index )* ']' ;
index
    : expression ( ':' expression )? # elementOrRange
    | ':'                            # wholeAxis
    ;

// Words that mean something only where a declaration or an initial value can stand are names everywhere else.
name : ID | 'import' | 'fun' | 'dist' | 'model' | 'guide' | 'init' ;
