data {
  int<lower=0> N;
  int<lower=0> M;
  matrix[N, M] x;
  vector[N] y;
  real<lower=0> scale;
}
parameters {
  real beta0;
  vector[M] beta;
  real<lower=0> sigma;
}
model {
  beta0 ~ normal(0, 10);
  beta ~ double_exponential(0, scale);
  sigma ~ inv_gamma(1, 1);
  y ~ normal(beta0 + x * beta, sigma);
}
