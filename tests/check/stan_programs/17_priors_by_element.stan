data {
  int<lower=0> N;
  vector[N] x1;
  vector[N] x2;
  vector[N] y;
}
parameters {
  vector[3] beta;
  real<lower=0> sigma;
}
model {
  beta[1] ~ normal(0, 10);
  beta[2] ~ normal(0, 1);
  beta[3] ~ student_t(4, 0, 1);
  sigma ~ normal(0, 2);
  y ~ normal(beta[1] + beta[2] * x1 + beta[3] * x2, sigma);
}
