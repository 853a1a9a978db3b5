functions {
  real gumbel_min_lpdf(real y, real mu, real s) {
    real z = (y - mu) / s;
    return z - exp(z) - log(s);
  }
}
data {
  int<lower=0> N;
  array[N] real y;
}
parameters {
  real mu;
  real<lower=0> s;
}
model {
  mu ~ normal(0, 5);
  s ~ normal(0, 2);
  for (n in 1:N)
    y[n] ~ gumbel_min(mu, s);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 20_own_distribution.stan:1:1
  1 | functions {
    | ^^^^^^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

dist gumbel_min(mu: real, s: real): real {
  logpdf(y) {
    let z = (y - mu) / s;
    return z - exp(z) - log(s);
  }
}
model my_model {
  dim N;
  data y: real[N];
  latent mu: real ~ normal(0, 5);
  latent s: real<lower=0> ~ normal(0, 2);
  for n in 1:N {
    y[n] ~ gumbel_min(mu, s);
  }
}

