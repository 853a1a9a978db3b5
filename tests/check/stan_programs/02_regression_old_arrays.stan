// old spelling of arrays, loops over rows
data {
  int<lower=1> N;  // rows
  int<lower=1> K;  # columns
  matrix[N, K] X;
  real y[N];
}
parameters {
  vector[K] beta;
  real mu;
  real<lower=0> sigma;
}
model {
  mu ~ normal(0, 5);
  for (k in 1:K)
    beta[k] ~ normal(0, 2.5);
  sigma ~ exponential(1);
  for (n in 1:N) {
    y[n] ~ normal(mu + X[n] * beta, sigma);
  }
}
