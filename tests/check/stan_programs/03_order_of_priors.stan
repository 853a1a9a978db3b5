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
