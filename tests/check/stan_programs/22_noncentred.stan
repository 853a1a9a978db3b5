data {
  int<lower=1> N;
  int<lower=1> G;
  int<lower=1> group[N];
  vector[N] y;
}
parameters {
  vector[G] eta;
  real mu;
  real<lower=0> tau;
  real<lower=0> sigma;
}
transformed parameters {
  vector[G] theta;
  theta = mu + tau * eta;
}
model {
  eta ~ normal(0, 1);
  mu ~ normal(0, 10);
  tau ~ normal(0, 5);
  sigma ~ normal(0, 5);
  y ~ normal(theta[group], sigma);
}
