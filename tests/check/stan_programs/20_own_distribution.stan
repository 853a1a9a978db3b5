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
