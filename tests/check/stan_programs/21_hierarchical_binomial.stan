data {
  int<lower=0> J;
  array[J] int<lower=0> n;
  array[J] int<lower=0> y;
}
parameters {
  real<lower=0, upper=1> phi;
  real<lower=1> kappa;
  vector<lower=0, upper=1>[J] theta;
}
model {
  kappa ~ pareto(1, 1.5);
  theta ~ beta(phi * kappa, (1 - phi) * kappa);
  y ~ binomial(n, theta);
}
generated quantities {
  real best = max(theta);
  array[J] int y_rep;
  for (j in 1:J) y_rep[j] = binomial_rng(n[j], theta[j]);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 21_hierarchical_binomial.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim J;
  data n: int<lower=0>[J];
  data y: int<lower=0>[J];
  latent phi: real<lower=0, upper=1> ~ flat();
  latent kappa: real<lower=1> ~ pareto(1, 1.5);
  latent theta: real<lower=0, upper=1>[J] ~ beta(phi * kappa, (1 - phi) * kappa);
  y ~ binomial(n, theta);
  predict best = max(theta);
  for j in 1:J {
    predict y_rep ~ binomial(n[j], theta[j]);
  }
}

