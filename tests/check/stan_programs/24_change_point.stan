data {
  real<lower=0> r_e;
  real<lower=0> r_l;
  int<lower=1> T;
  array[T] int<lower=0> D;
}
transformed data {
  real log_unif;
  log_unif = -log(T);
}
parameters {
  real<lower=0> e;
  real<lower=0> l;
}
transformed parameters {
  vector[T] lp;
  lp = rep_vector(log_unif, T);
  for (s in 1:T)
    for (t in 1:T)
      lp[s] = lp[s] + poisson_lpmf(D[t] | t < s ? e : l);
}
model {
  e ~ exponential(r_e);
  l ~ exponential(r_l);
  target += log_sum_exp(lp);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 24_change_point.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim T >= 1;
  data r_e: real<lower=0>;
  data r_l: real<lower=0>;
  data D: int<lower=0>[T];
  let log_unif = -log(T);
  latent e: real<lower=0> ~ exponential(r_e);
  latent l: real<lower=0> ~ exponential(r_l);
  let lp = rep(log_unif, T);
  let lp_2 = [lp[s] + sum(poisson_logpdf(D[t], t < s ? e : l) for t in 1:T) for s in 1:T];
  factor log_sum_exp(lp_2);
}

