#include "tests/codegen/modules.h"

#include <catch2/catch.hpp>

#include <sstream>

namespace elba::test {

std::string Example::text() const {
  std::string out = "module @" + name + " level tensor {\n";
  std::istringstream words(dims);
  for (std::string dim; words >> dim;) out += "  dim " + dim + "\n";
  return out + func + "\n}\n";
}

const Example& example(const std::string& name) {
  for (const Example& candidate : examples())
    if (candidate.name == name) return candidate;
  FAIL("no example " << name);
  return examples().front();
}

const std::vector<Example>& examples() {
  static const std::vector<Example> all = {
      {"scalars", "", R"(
  func @f(%x: f64, %y: f64, %n: i64) -> (f64, i64, i1) {
    %a = mul %x, %y : f64
    %b = exp %a : f64
    %c = to_real %n : f64
    %d = add %b, %c : f64
    %e = lt %d, %x : i1
    %g = idiv %n, 2 : i64
    return %d, %g, %e
  })",
       {{}}},
      {"parameters_returned", "N", R"(
  func @f(%x: f64[N], %s: f64, %flags: i1[N]) -> (f64[N], f64, f64[N], i1[N], f64) {
    return %x, %s, %x, %flags, 2.5
  })",
       {{{"N", 3}}, {{"N", 0}}, {{"N", 200}}}},
      {"wells", "N D", R"(
  func @f(%X: f64[N, D] data, %y: f64[N] data, %u: f64[D + 1] input) -> (lp: f64, g: f64[D + 1]) {
    %a, %b = unpack %u : f64, f64[D]
    %p = nest (%d < D) -> (sum f64) {
      %bd = read %b, %d : f64
      %q = square %bd : f64
      %h = mul %q, -0.5 : f64
      yield %h
    }
    %lp, %ga, %gb = nest (%i < N) -> (sum f64, sum f64, sum f64[D]) {
      %xb = nest (%d < D) -> (sum f64) {
        %x = read %X, %i, %d : f64
        %bd = read %b, %d : f64
        %m = mul %x, %bd : f64
        yield %m
      }
      %eta = add %a, %xb : f64
      %yi = read %y, %i : f64
      %ye = mul %yi, %eta : f64
      %s = softplus %eta : f64
      %v = sub %ye, %s : f64
      %sg = sigmoid %eta : f64
      %w = sub %yi, %sg : f64
      %gx = nest (%d < D) -> (stack f64[D]) {
        %x = read %X, %i, %d : f64
        %g = mul %w, %x : f64
        yield %g
      }
      yield %v, %w, %gx
    }
    %gbp = nest (%d < D) -> (stack f64[D]) {
      %bd = read %b, %d : f64
      %g1 = read %gb, %d : f64
      %g2 = sub %g1, %bd : f64
      yield %g2
    }
    %g = pack %ga, %gbp : f64[D + 1]
    %t = add %lp, %p : f64
    return %t, %g
  })",
       {{{"N", 50}, {"D", 3}}, {{"N", 1}, {"D", 1}}, {{"N", 0}, {"D", 2}}, {{"N", 7}, {"D", 0}}, {{"N", 33}, {"D", 70}}}},
      {"wells_constant_width", "N", R"(
  func @f(%X: f64[N, 3] data, %y: f64[N] data, %b: f64[3] input) -> (f64, f64[3]) {
    %lp, %gb = nest (%i < N) -> (sum f64, sum f64[3]) {
      %row = read %X, %i : f64[3]
      %xb = nest (%d < 3) -> (sum f64) {
        %x = read %row, %d : f64
        %bd = read %b, %d : f64
        %m = mul %x, %bd : f64
        yield %m
      }
      %sg = sigmoid %xb : f64
      %yi = read %y, %i : f64
      %w = sub %yi, %sg : f64
      %gx = nest (%d < 3) -> (stack f64[3]) {
        %x = read %X, %i, %d : f64
        %g = mul %w, %x : f64
        yield %g
      }
      yield %sg, %gx
    }
    return %lp, %gb
  })",
       {{{"N", 50}}, {{"N", 1}}, {{"N", 0}}}},
      {"columns", "N", R"(
  func @f(%x: f64[N] data, %z: f64[N] data, %y: i64[N] data lower(0) upper(1), %u: f64[3] input) -> (f64, f64[3], f64[N]) {
    %a, %b, %c = unpack %u : f64, f64, f64
    %lp, %ga, %gb, %gc, %p = nest (%i < N) -> (sum f64, sum f64, sum f64, sum f64, stack f64[N]) {
      %xi = read %x, %i : f64
      %zi = read %z, %i : f64
      %m1 = mul %xi, %b : f64
      %m2 = mul %zi, %c : f64
      %e1 = add %a, %m1 : f64
      %eta = add %e1, %m2 : f64
      %yi = read %y, %i : i64
      %yr = to_real %yi : f64
      %ye = mul %yr, %eta : f64
      %s = softplus %eta : f64
      %v = sub %ye, %s : f64
      %sg = sigmoid %eta : f64
      %w = sub %yr, %sg : f64
      %q1 = mul %w, %xi : f64
      %q2 = mul %w, %zi : f64
      yield %v, %w, %q1, %q2, %sg
    }
    %g = pack %ga, %gb, %gc : f64[3]
    return %lp, %g, %p
  })",
       {{{"N", 0}}, {{"N", 1}}, {{"N", 3}}, {{"N", 4}}, {{"N", 7}}, {{"N", 8}}, {{"N", 9}}, {{"N", 16}}, {{"N", 31}}, {{"N", 33}}, {{"N", 500}}}},
      {"radon", "N J", R"(
  func @f(%county: i64[N] data lower(0) upper(J - 1), %floor: f64[N] data, %y: f64[N] data, %u: f64[J + 3] input) -> (f64, f64[J + 3]) {
    %mu, %lt, %b, %z = unpack %u : f64, f64, f64, f64[J]
    %tau = exp %lt : f64
    %lp, %gmu, %gtau, %gb, %gz = nest (%i < N) -> (sum f64, sum f64, sum f64, sum f64, scatter f64[J]) {
      %j = read %county, %i : i64
      %zj = read %z, %j : f64
      %x = read %floor, %i : f64
      %tz = mul %tau, %zj : f64
      %bx = mul %b, %x : f64
      %m0 = add %mu, %tz : f64
      %m = add %m0, %bx : f64
      %yi = read %y, %i : f64
      %r = sub %yi, %m : f64
      %q = square %r : f64
      %v = mul %q, -0.5 : f64
      %rz = mul %r, %zj : f64
      %rx = mul %r, %x : f64
      %rt = mul %r, %tau : f64
      yield %v, %r, %rz, %rx, %j, %rt
    }
    %glt = mul %gtau, %tau : f64
    %gzp = nest (%j < J) -> (stack f64[J]) {
      %a = read %gz, %j : f64
      %zj = read %z, %j : f64
      %d = sub %a, %zj : f64
      yield %d
    }
    %g = pack %gmu, %glt, %gb, %gzp : f64[J + 3]
    return %lp, %g
  })",
       {{{"N", 60}, {"J", 7}}, {{"N", 1}, {"J", 1}}, {{"N", 0}, {"J", 4}}}},
      {"scatter_into_parts", "N J K", R"(
  func @f(%a: i64[N] data lower(0) upper(J - 1), %b: i64[N] data lower(0) upper(K - 1), %x: f64[N]) -> (f64[J*K + J], f64[J, K]) {
    %g, %h = nest (%i < N) -> (scatter f64[J, K], scatter f64[J]) {
      %j = read %a, %i : i64
      %k = read %b, %i : i64
      %v = read %x, %i : f64
      yield %j, %k, %v, %j, %v
    }
    %p = pack %g, %h : f64[J*K + J]
    return %p, %g
  })",
       {{{"N", 40}, {"J", 3}, {"K", 4}}, {{"N", 1}, {"J", 1}, {"K", 1}}, {{"N", 0}, {"J", 2}, {"K", 0}}}},
      {"garch", "T", R"(
  func @f(%r: f64[T] data, %mu: f64, %a0: f64 lower(0.1) upper(0.5), %a1: f64 lower(0.1) upper(0.4), %b1: f64 lower(0.1) upper(0.4)) -> (f64, f64, f64[T], f64) {
    %h, %lp, %hs = scan (%t < T) carry (%c = 0.5 : f64) -> (sum f64, stack f64[T]) {
      %x = read %r, %t : f64
      %e = sub %x, %mu : f64
      %e2 = square %e : f64
      %q = div %e2, %c : f64
      %l = log %c : f64
      %s = add %q, %l : f64
      %v = mul %s, -0.5 : f64
      %n1 = mul %a1, %e2 : f64
      %n2 = mul %b1, %c : f64
      %n3 = add %n1, %n2 : f64
      %n = add %a0, %n3 : f64
      next %n
      yield %v, %c
    }
    %hb, %gb = scan (%t < T) carry (%c = 0.0 : f64) -> (sum f64) {reverse=1} {
      %x = read %r, %t : f64
      %e = sub %x, %mu : f64
      %e2 = square %e : f64
      %ht = read %hs, %t : f64
      %i = div 1.0, %ht : f64
      %i2 = square %i : f64
      %d1 = mul %e2, %i2 : f64
      %d2 = sub %d1, %i : f64
      %d3 = mul 0.5, %d2 : f64
      %cb = mul %c, %b1 : f64
      %n = add %d3, %cb : f64
      %g = mul %c, %ht : f64
      next %n
      yield %g
    }
    return %lp, %h, %hs, %gb
  })",
       {{{"T", 200}}, {{"T", 1}}, {{"T", 0}}}},
      {"tensor_carries", "T K", R"(
  func @f(%A: f64[K, K] data, %x: f64[T, K] data, %h0: f64[K], %g0: f64[K]) -> (f64[K], f64[K], f64[T, K], f64) {
    %h, %g, %hs, %s = scan (%t < T) carry (%c = %h0 : f64[K], %d = %g0 : f64[K]) -> (stack f64[T, K], sum f64) {
      %n = nest (%k < K) -> (stack f64[K]) {
        %xt = read %x, %t, %k : f64
        %ac = nest (%l < K) -> (sum f64) {
          %a = read %A, %k, %l : f64
          %cl = read %c, %l : f64
          %m = mul %a, %cl : f64
          yield %m
        }
        %dk = read %d, %k : f64
        %v0 = add %ac, %dk : f64
        %v1 = mul %v0, 0.3 : f64
        %v = add %v1, %xt : f64
        yield %v
      }
      %first = nest (%k < K) -> (max f64) {
        %nk = read %n, %k : f64
        yield %nk
      }
      next %n, %c
      yield %d, %first
    }
    return %h, %g, %hs, %s
  })",
       {{{"T", 9}, {"K", 3}}, {{"T", 1}, {"K", 1}}, {{"T", 0}, {"K", 2}}, {{"T", 3}, {"K", 40}}}},
      {"swapped_carries", "T", R"(
  func @f(%a: f64[2], %b: f64[2], %n: i64, %y: f64[T]) -> (f64[2], f64[2], i64, f64) {
    %p, %q, %m, %s = scan (%t < T) carry (%c = %a : f64[2], %d = %b : f64[2], %k = %n : i64, %z = 0.0 : f64) -> () {
      %yt = read %y, %t : f64
      %c0 = read %c, 0 : f64
      %w0 = mul %c0, 0.5 : f64
      %w1 = add %w0, %z : f64
      %k1 = add %k, 1 : i64
      next %d, %c, %k1, %w1
      yield
    }
    return %p, %q, %m, %s
  })",
       {{{"T", 5}}, {{"T", 0}}, {{"T", 1}}}},
      {"nested_stacks", "N M K", R"(
  func @f(%x: f64[N, M], %y: f64[M, K]) -> (f64[N, M, K], f64[N, K]) {
    %a = nest (%i < N) -> (stack f64[N, M, K]) {
      %row = nest (%j < M) -> (stack f64[M, K]) {
        %xij = read %x, %i, %j : f64
        %yj = read %y, %j : f64[K]
        %in = nest (%k < K) -> (stack f64[K]) {
          %yk = read %yj, %k : f64
          %v = mul %xij, %yk : f64
          yield %v
        }
        yield %in
      }
      yield %row
    }
    %b = nest (%i < N) -> (stack f64[N, K]) {
      %s = nest (%j < M) -> (sum f64[K]) {
        %xij = read %x, %i, %j : f64
        %in = nest (%k < K) -> (stack f64[K]) {
          %yk = read %y, %j, %k : f64
          %v = mul %xij, %yk : f64
          yield %v
        }
        yield %in
      }
      yield %s
    }
    return %a, %b
  })",
       {{{"N", 3}, {"M", 4}, {"K", 5}}, {{"N", 1}, {"M", 1}, {"K", 1}}, {{"N", 2}, {"M", 0}, {"K", 3}}, {{"N", 0}, {"M", 2}, {"K", 3}}}},
      {"many_extents", "N M", R"(
  func @f(%x: f64[N, M]) -> (f64[N, M, 2], f64, f64[M, 2]) {
    %a, %s, %c = nest (%i < N, %j < M, %k < 2) -> (stack f64[N, M, 2], sum f64, scatter f64[M, 2]) {
      %v = read %x, %i, %j : f64
      %kr = to_real %k : f64
      %w = add %v, %kr : f64
      yield %w, %w, %j, %k, %w
    }
    return %a, %s, %c
  })",
       {{{"N", 3}, {"M", 4}}, {{"N", 0}, {"M", 4}}, {{"N", 1}, {"M", 1}}}},
      {"combiners", "N K", R"(
  func @f(%x: f64[N, K], %n: i64[N]) -> (f64, f64, f64, i64, i64, f64[K], f64[K], f64[K], i64) {
    %p, %hi, %lo, %at, %in = nest (%i < N, %k < K) -> (prod f64, max f64, min f64, argmax i64, sum i64) {
      %v = read %x, %i, %k : f64
      %ni = read %n, %i : i64
      yield %v, %v, %v, %v, %ni
    }
    %ps, %his, %los = nest (%i < N) -> (prod f64[K], max f64[K], min f64[K]) {
      %row = read %x, %i : f64[K]
      %twice = nest (%k < K) -> (stack f64[K]) {
        %v = read %row, %k : f64
        %w = add %v, %v : f64
        yield %w
      }
      yield %twice, %row, %twice
    }
    %big = nest (%i < N) -> (max i64) {
      %ni = read %n, %i : i64
      yield %ni
    }
    return %p, %hi, %lo, %at, %in, %ps, %his, %los, %big
  })",
       {{{"N", 6}, {"K", 3}}, {{"N", 1}, {"K", 1}}, {{"N", 40}, {"K", 7}}}},
      {"rows_of_maxima", "N K", R"(
  func @f(%x: f64[N, K]) -> (f64, f64[N], i64[N]) {
    %s, %m, %a = nest (%i < N) -> (sum f64, stack f64[N], stack i64[N]) {
      %hi, %at = nest (%k < K) -> (max f64, argmax i64) {
        %v = read %x, %i, %k : f64
        yield %v, %v
      }
      %z = nest (%k < K) -> (sum f64) {
        %v = read %x, %i, %k : f64
        %d = sub %v, %hi : f64
        %e = exp %d : f64
        yield %e
      }
      %l = log %z : f64
      %t = add %hi, %l : f64
      yield %t, %t, %at
    }
    return %s, %m, %a
  })",
       {{{"N", 6}, {"K", 5}}, {{"N", 1}, {"K", 1}}, {{"N", 0}, {"K", 2}}}},
      {"sums_of_sums", "N K L", R"(
  func @f(%x: f64[N, K, L]) -> (f64, f64[L], f64[K, L], f64) {
    %s, %v, %m, %q = nest (%i < N) -> (sum f64, sum f64[L], sum f64[K, L], max f64) {
      %s1, %v1, %m1 = nest (%k < K) -> (sum f64, sum f64[L], stack f64[K, L]) {
        %row = read %x, %i, %k : f64[L]
        %s2 = nest (%l < L) -> (sum f64) {
          %e = read %row, %l : f64
          yield %e
        }
        %v2 = nest (%l < L) -> (stack f64[L]) {
          %e = read %row, %l : f64
          %h = mul %e, %s2 : f64
          yield %h
        }
        yield %s2, %v2, %v2
      }
      %q1 = nest (%k < K) -> (max f64) {
        %e = read %x, %i, %k, 0 : f64
        yield %e
      }
      yield %s1, %v1, %m1, %q1
    }
    return %s, %v, %m, %q
  })",
       {{{"N", 4}, {"K", 3}, {"L", 5}}, {{"N", 1}, {"K", 1}, {"L", 1}}, {{"N", 0}, {"K", 2}, {"L", 2}}, {{"N", 3}, {"K", 0}, {"L", 2}}}},
      {"packs", "N K", R"(
  func @f(%x: f64[N, K], %s: f64) -> (f64[K + 2], f64[2*K + 1], f64[N*K + K + 1]) {
    %sum = nest (%i < N) -> (sum f64[K + 2]) {
      %a = read %x, %i, 0 : f64
      %half = nest (%k < K) -> (stack f64[K]) {
        %v = read %x, %i, %k : f64
        %h = mul %v, 0.5 : f64
        yield %h
      }
      %p = pack %a, %half, %s : f64[K + 2]
      yield %p
    }
    %double = nest (%k < K) -> (stack f64[K]) {
      %v = read %x, 0, %k : f64
      %d = mul %v, 2.0 : f64
      yield %d
    }
    %q = pack %double, %s, %double : f64[2*K + 1]
    %d0 = read %double, 0 : f64
    %inner = pack %d0, %double : f64[K + 1]
    %r = pack %x, %inner : f64[N*K + K + 1]
    return %sum, %q, %r
  })",
       {{{"N", 4}, {"K", 3}}, {{"N", 1}, {"K", 1}}, {{"N", 2}, {"K", 50}}}},
      {"unpacks", "J K", R"(
  func @f(%u: f64[J*K + J + 2]) -> (f64[J, K], f64, f64, f64[J]) {
    %a, %m, %b, %s = unpack %u : f64, f64[J, K], f64[J], f64
    %t = add %a, %s : f64
    %col = nest (%j < J) -> (stack f64[J]) {
      %v = read %m, %j, 0 : f64
      %w = read %b, %j : f64
      %p = mul %v, %w : f64
      yield %p
    }
    return %m, %t, %s, %col
  })",
       {{{"J", 3}, {"K", 2}}, {{"J", 1}, {"K", 1}}}},
      {"cholesky", "B N K", R"(
  func @f(%x: f64[B, N] data, %rhs: f64[N, K], %d: f64) -> (f64, f64[N, N], f64[B, N], f64[N, K], f64[N, K]) {
    %e = exp %d : f64
    %A = nest (%i < N, %j < N) -> (stack f64[N, N]) {
      %same = eq %i, %j : i1
      %diag = select %same, 4.0, 0.0 : f64
      %s = nest (%b < B) -> (sum f64) {
        %xi = read %x, %b, %i : f64
        %xj = read %x, %b, %j : f64
        %p = mul %xi, %xj : f64
        yield %p
      }
      %v = add %s, %diag : f64
      yield %v
    }
    %L = chol %A : f64[N, N]
    %z = nest (%b < B) -> (stack f64[B, N]) {
      %row = read %x, %b : f64[N]
      %w = trisolve %L, %row : f64[N]
      yield %w
    }
    %y = trisolve %L, %rhs : f64[N, K]
    %yt = trisolve %L, %rhs {trans=1} : f64[N, K]
    %ld = nest (%i < N) -> (sum f64) {
      %l = read %L, %i, %i : f64
      %g = log %l : f64
      yield %g
    }
    %t = mul %ld, %e : f64
    return %t, %L, %z, %y, %yt
  })",
       {{{"B", 3}, {"N", 4}, {"K", 2}}, {{"B", 1}, {"N", 1}, {"K", 1}}, {{"B", 2}, {"N", 12}, {"K", 3}}}},
      {"dense", "M N K", R"(
  func @f(%x: f64[M + N, N] data, %rhs: f64[N, K], %row: f64[N], %d: f64) -> (f64[N, K], f64[N], f64, f64[N + 1, N], f64[N, N], f64[M + 2*N, N], f64[M + 2*N + 1, N], i64[N], i64[N, K]) {
    %e = exp %d : f64
    %A = nest (%i < N, %j < N) -> (stack f64[N, N]) {
      %v = read %x, %i, %j : f64
      %same = eq %i, %j : i1
      %ir = to_real %i : f64
      %big = add %ir, 4.0 : f64
      %diag = select %same, %big, 0.0 : f64
      %s = mul %e, %diag : f64
      %w = add %v, %s : f64
      yield %w
    }
    %X = nest (%i < M + N, %j < N) -> (stack f64[M + N, N]) {
      %v = read %x, %i, %j : f64
      %same = eq %i, %j : i1
      %jr = to_real %j : f64
      %big = add %jr, 4.0 : f64
      %diag = select %same, %big, 0.0 : f64
      %w = add %v, %diag : f64
      yield %w
    }
    %y = solve %A, %rhs : f64[N, K]
    %yt = solve %A, %row {trans=1} : f64[N]
    %ld = logabsdet %A : f64
    %eig = eigh %A : f64[N + 1, N]
    %half = nest (%i < N, %j < N) -> (stack f64[N, N]) {
      %v = read %x, %i, %j : f64
      %w = mul %v, 0.5 : f64
      yield %w
    }
    %ex = matrix_exp %half : f64[N, N]
    %q = qr %X : f64[M + 2*N, N]
    %s = svd %X : f64[M + 2*N + 1, N]
    %o = sort_order %row : i64[N]
    %knots = nest (%i < N) -> (stack f64[N]) {
      %at = read %o, %i : i64
      %v = read %row, %at : f64
      yield %v
    }
    %p = search_sorted %knots, %rhs : i64[N, K]
    return %y, %yt, %ld, %eig, %ex, %q, %s, %o, %p
  })",
       {{{"M", 3}, {"N", 4}, {"K", 2}}, {{"M", 0}, {"N", 1}, {"K", 1}}, {{"M", 2}, {"N", 20}, {"K", 3}}}},
      {"solves_summed", "B N", R"(
  func @f(%x: f64[B, N], %L: f64[N, N]) -> (f64[N]) {
    %lower = nest (%i < N, %j < N) -> (stack f64[N, N]) {
      %l = read %L, %i, %j : f64
      %up = gt %j, %i : i1
      %same = eq %i, %j : i1
      %on = select %same, 2.0, %l : f64
      %v = select %up, 0.0, %on : f64
      yield %v
    }
    %s = nest (%b < B) -> (sum f64[N]) {
      %row = read %x, %b : f64[N]
      %w = trisolve %lower, %row : f64[N]
      yield %w
    }
    return %s
  })",
       {{{"B", 4}, {"N", 3}}, {{"B", 0}, {"N", 2}}}},
      {"booleans", "N", R"(
  func @f(%x: f64[N], %b: i1[N], %n: i64[N]) -> (i1[N], f64, i64[N]) {
    %m, %s, %k = nest (%i < N) -> (stack i1[N], sum f64, stack i64[N]) {
      %v = read %x, %i : f64
      %f = read %b, %i : i1
      %c = gt %v, 0.0 : i1
      %both = logical_and %c, %f : i1
      %not = logical_not %both : i1
      %w = select %both, %v, -1.5 : f64
      %ni = read %n, %i : i64
      %one = to_int %f : i64
      %q = idiv %ni, %one : i64
      %r = imod %ni, 3 : i64
      %t = add %q, %r : i64
      yield %not, %w, %t
    }
    return %m, %s, %k
  })",
       {{{"N", 20}}, {{"N", 1}}, {{"N", 0}}}},
      {"unused_results", "N", R"(
  func @f(%x: f64[N]) -> (f64) {
    %m, %s, %at, %p = nest (%i < N) -> (stack f64[N], sum f64, argmax i64, sum f64[3]) {
      %v = read %x, %i : f64
      %c = nest (%k < 3) -> (stack f64[3]) {
        yield %v
      }
      yield %v, %v, %v, %c
    }
    %h, %hs = scan (%i < N) carry (%c = 1.0 : f64) -> (stack f64[N]) {
      %n = mul %c, 0.5 : f64
      next %n
      yield %n
    }
    return %s
  })",
       {{{"N", 5}}}},
      {"small_reductions", "N", R"(
  func @f(%x: f64[N, 4]) -> (f64[4], f64[8], f64[2, 2], f64[N, 4]) {
    %a, %b, %c = nest (%i < N) -> (sum f64[4], sum f64[8], max f64[2, 2]) {
      %row = read %x, %i : f64[4]
      %v = nest (%k < 4) -> (stack f64[4]) {
        %e = read %row, %k : f64
        %q = square %e : f64
        yield %q
      }
      %w = pack %v, %row : f64[8]
      %m = nest (%p < 2, %q < 2) -> (stack f64[2, 2]) {
        %r = mul %p, 2 : i64
        %s = add %r, %q : i64
        %e = read %row, %s : f64
        yield %e
      }
      yield %v, %w, %m
    }
    %running, %each = scan (%i < N) carry (%acc = %a : f64[4]) -> (stack f64[N, 4]) {
      %n = nest (%k < 4) -> (stack f64[4]) {
        %e = read %x, %i, %k : f64
        %o = read %acc, %k : f64
        %s = add %e, %o : f64
        yield %s
      }
      next %n
      yield %n
    }
    %last = nest (%k < 4) -> (stack f64[4]) {
      %e = read %running, %k : f64
      yield %e
    }
    return %last, %b, %c, %each
  })",
       {{{"N", 7}}, {{"N", 1}}}},
      {"random", "N K", R"(
  func @f(%key: key key, %rate: f64[N] lower(1.0) upper(9.0)) -> (f64[N, K], f64, f64[N], f64[N], i64[N], i64[N], f64[K]) {
    %z, %g, %v, %p, %b = nest (%i < N) -> (stack f64[N, K], stack f64[N], stack f64[N], stack i64[N], stack i64[N]) {
      %k = key_fold %key, %i : key
      %n = rng_normal %k (K) : f64[K]
      %r = read %rate, %i : f64
      %k2 = key_fold %k, 1 : key
      %ga = rng_gamma %k2, %r : f64
      %u = rng_uniform %k2 : f64
      %k3 = key_fold %k, 2 : key
      %po = rng_poisson %k3, %r : i64
      %bi = rng_binomial %k3, 10, %u : i64
      yield %n, %ga, %u, %po, %bi
    }
    %one = rng_normal %key : f64
    %us = rng_uniform %key (K) : f64[K]
    return %z, %one, %g, %v, %p, %b, %us
  })",
       {{{"N", 5}, {"K", 3}}, {{"N", 1}, {"K", 1}}}},
      {"reused_slots", "N", R"(
  func @f(%x: f64[N]) -> (f64[N], f64) {
    %a = nest (%i < N) -> (stack f64[N]) {
      %n = dim (N - 1) : i64
      %j = sub %n, %i : i64
      %v = read %x, %j : f64
      %w = read %x, %i : f64
      %e = mul %v, 1.5 : f64
      %q = sub %e, %w : f64
      yield %q
    }
    %b = nest (%i < N) -> (stack f64[N]) {
      %n = dim (N - 1) : i64
      %j = sub %n, %i : i64
      %v = read %a, %j : f64
      %w = read %a, %i : f64
      %e = mul %v, 1.5 : f64
      %q = sub %e, %w : f64
      yield %q
    }
    %c = nest (%i < N) -> (stack f64[N]) {
      %n = dim (N - 1) : i64
      %j = sub %n, %i : i64
      %v = read %b, %j : f64
      %w = read %b, %i : f64
      %e = mul %v, 1.5 : f64
      %q = sub %e, %w : f64
      yield %q
    }
    %d = nest (%i < N) -> (stack f64[N]) {
      %n = dim (N - 1) : i64
      %j = sub %n, %i : i64
      %v = read %c, %j : f64
      %w = read %c, %i : f64
      %e = mul %v, 1.5 : f64
      %q = sub %e, %w : f64
      yield %q
    }
    %s = nest (%i < N) -> (sum f64) {
      %v = read %c, %i : f64
      yield %v
    }
    return %d, %s
  })",
       {{{"N", 5}}, {{"N", 1}}, {{"N", 300}}}},
  };
  return all;
}

}  // namespace elba::test
