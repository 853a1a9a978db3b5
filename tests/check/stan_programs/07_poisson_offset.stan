data {
  int<lower=1> N;
  array[N] int<lower=0> y;
  vector[N] log_exposure;
  vector[N] x;
}
parameters {
  real a;
  real b;
}
transformed parameters {
  vector[N] eta = a + b * x + log_exposure;
}
model {
  a ~ normal(0, 5);
  b ~ normal(0, 1);
  y ~ poisson_log(eta);
}
generated quantities {
  vector[N] log_lik;
  for (n in 1:N)
    log_lik[n] = poisson_log_lpmf(y[n] | eta[n]);
}
