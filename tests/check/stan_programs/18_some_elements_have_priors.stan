data {
  int<lower=0> N;
  int<lower=2> K;
  matrix[N, K] X;
  vector[N] y;
}
parameters {
  vector[K] beta;
  real<lower=0> sigma;
}
model {
  beta[1] ~ normal(0, 10);
  target += normal_lpdf(sigma | 0, 2);
  y ~ normal(X * beta, sigma);
}
