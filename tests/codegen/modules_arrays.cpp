// modules_arrays: combiners, packs, linear algebra, booleans, draws, and buffers that are reused.
#include "tests/codegen/modules.h"

namespace elba::test {

std::vector<Example> array_examples() {
  return {
      {"combiners",
       "N K",
       R"(
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
      {"rows_of_maxima",
       "N K",
       R"(
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
      {"sums_of_sums",
       "N K L",
       R"(
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
       {{{"N", 4}, {"K", 3}, {"L", 5}},
        {{"N", 1}, {"K", 1}, {"L", 1}},
        {{"N", 0}, {"K", 2}, {"L", 2}},
        {{"N", 3}, {"K", 0}, {"L", 2}}}},
      {"packs",
       "N K",
       R"(
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
      {"unpacks",
       "J K",
       R"(
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
      {"cholesky",
       "B N K",
       R"(
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
      {"dense",
       "M N K",
       R"(
  func @f(%x: f64[M + N, N] data, %rhs: f64[N, K], %row: f64[N], %d: f64) ->
      (f64[N, K], f64[N], f64, f64[N + 1, N], f64[N, N], f64[M + 2*N, N],
       f64[M + 2*N + 1, N], i64[N], i64[N, K]) {
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
      {"solves_summed",
       "B N",
       R"(
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
      {"booleans",
       "N",
       R"(
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
      {"unused_results",
       "N",
       R"(
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
      {"small_reductions",
       "N",
       R"(
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
      {"random",
       "N K",
       R"(
  func @f(%key: key key, %rate: f64[N] lower(1.0) upper(9.0)) ->
      (f64[N, K], f64, f64[N], f64[N], i64[N], i64[N], f64[K]) {
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
      {"reused_slots",
       "N",
       R"(
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
}

}  // namespace elba::test
