data {
  int<lower=0> n; int<lower=0> n_groups; int<lower=0> n_scenarios;
  int<lower=1, upper=n_groups> g[n];
  int<lower=1, upper=n_scenarios> s[n];
  vector[n] y;
}
parameters {
  vector[n_groups] a;
  vector[n_scenarios] b;
  real mu_a;
  real mu_b;
  real<lower=0, upper=100> sigma_a;
  real<lower=0, upper=100> sigma_b;
  real<lower=0, upper=100> sigma_y;
}
transformed parameters {
  vector[n] y_hat;
  for (i in 1:n)
    y_hat[i] = a[g[i]] + b[s[i]];
}
model {
  mu_a ~ normal(0, 1);
  a ~ normal(10 * mu_a, sigma_a);
  mu_b ~ normal(0, 1);
  b ~ normal(10 * mu_b, sigma_b);
  y ~ normal(y_hat, sigma_y);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 03_order_of_priors.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim n;
  dim n_groups;
  dim n_scenarios;
  data g: int<lower=1, upper=n_groups>[n];
  data s: int<lower=1, upper=n_scenarios>[n];
  data y: real[n];
  latent a: real[n_groups];
  latent b: real[n_scenarios];
  latent mu_a: real ~ normal(0, 1);
  latent mu_b: real ~ normal(0, 1);
  latent sigma_a: real<lower=0, upper=100> ~ flat();
  latent sigma_b: real<lower=0, upper=100> ~ flat();
  latent sigma_y: real<lower=0, upper=100> ~ flat();
  let y_hat: real[n];
  for i in 1:n {
    y_hat[i] = a[g[i]] + b[s[i]];
  }
  a ~ normal(10 * mu_a, sigma_a);
  b ~ normal(10 * mu_b, sigma_b);
  y ~ normal(y_hat, sigma_y);
}

