data {
  int<lower=1> N;
  array[N] int<lower=0> complaints;
  vector<lower=0>[N] traps;
}
parameters {
  real alpha;
  real beta;
  real<lower=0> inv_phi;
}
transformed parameters {
  real phi = inv(inv_phi);
}
model {
  alpha ~ normal(log(4), 1);
  beta ~ normal(-0.25, 1);
  inv_phi ~ normal(0, 1);
  complaints ~ neg_binomial_2_log(alpha + beta * traps, phi);
}
generated quantities {
  array[N] int y_rep;
  for (n in 1:N) {
    real eta_n = alpha + beta * traps[n];
    y_rep[n] = neg_binomial_2_log_rng(eta_n, phi);
  }
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 35_negative_binomial.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N >= 1;
  data complaints: int<lower=0>[N];
  data traps: real<lower=0>[N];
  latent alpha: real ~ normal(log(4), 1);
  latent beta: real ~ normal(-0.25, 1);
  latent inv_phi: real<lower=0> ~ normal(0, 1);
  let phi = (1 / (inv_phi));
  complaints ~ neg_binomial_2_log(alpha + beta * traps, phi);
  for n in 1:N {
    let eta_n = alpha + beta * traps[n];
    predict y_rep ~ neg_binomial_2_log(eta_n, phi);
  }
}

