data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  real mu;
  real<lower=0> sigma;
}
model {
  int k = 0;
  while (k < 3) {
    k = k + 1;
  }
  mu ~ normal(0, 1);
  y ~ normal(mu, sigma);
}
