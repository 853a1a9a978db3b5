// modules_loops: scalars, nests, scans, gathers and scatters.
#include "tests/codegen/modules.h"

namespace elba::test {

std::vector<Example> loop_examples() {
  return {
      {"scalars",
       "",
       R"(
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
      {"parameters_returned",
       "N",
       R"(
  func @f(%x: f64[N], %s: f64, %flags: i1[N]) -> (f64[N], f64, f64[N], i1[N], f64) {
    return %x, %s, %x, %flags, 2.5
  })",
       {{{"N", 3}}, {{"N", 0}}, {{"N", 200}}}},
      {"wells",
       "N D",
       R"(
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
       {{{"N", 50}, {"D", 3}},
        {{"N", 1}, {"D", 1}},
        {{"N", 0}, {"D", 2}},
        {{"N", 7}, {"D", 0}},
        {{"N", 33}, {"D", 70}}}},
      {"wells_constant_width",
       "N",
       R"(
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
      {"columns",
       "N",
       R"(
  func @f(%x: f64[N] data, %z: f64[N] data, %y: i64[N] data lower(0) upper(1), %u: f64[3] input) ->
      (f64, f64[3], f64[N]) {
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
       {{{"N", 0}},
        {{"N", 1}},
        {{"N", 3}},
        {{"N", 4}},
        {{"N", 7}},
        {{"N", 8}},
        {{"N", 9}},
        {{"N", 16}},
        {{"N", 31}},
        {{"N", 33}},
        {{"N", 500}}}},
      {"radon",
       "N J",
       R"(
  func @f(%county: i64[N] data lower(0) upper(J - 1), %floor: f64[N] data, %y: f64[N] data,
      %u: f64[J + 3] input) -> (f64, f64[J + 3]) {
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
      {"scatter_into_parts",
       "N J K",
       R"(
  func @f(%a: i64[N] data lower(0) upper(J - 1), %b: i64[N] data lower(0) upper(K - 1),
      %x: f64[N]) -> (f64[J*K + J], f64[J, K]) {
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
      {"garch",
       "T",
       R"(
  func @f(%r: f64[T] data, %mu: f64, %a0: f64 lower(0.1) upper(0.5),
      %a1: f64 lower(0.1) upper(0.4), %b1: f64 lower(0.1) upper(0.4)) -> (f64, f64, f64[T], f64) {
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
      {"tensor_carries",
       "T K",
       R"(
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
      {"swapped_carries",
       "T",
       R"(
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
      {"nested_stacks",
       "N M K",
       R"(
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
       {{{"N", 3}, {"M", 4}, {"K", 5}},
        {{"N", 1}, {"M", 1}, {"K", 1}},
        {{"N", 2}, {"M", 0}, {"K", 3}},
        {{"N", 0}, {"M", 2}, {"K", 3}}}},
      {"many_extents",
       "N M",
       R"(
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
  };
}

}  // namespace elba::test
