data {
  int<lower=1> N;
  vector[N] x;
  vector[N] y;
}
transformed data {
  real mean_x = mean(x);
  real sd_x = sd(x);
  vector[N] x_std = (x - mean_x) / sd_x;
  int half = N / 2;
}
parameters {
  real alpha_std, beta_std;
  real<lower=0> sigma;
}
model {
  alpha_std ~ normal(0, 10);
  beta_std ~ normal(0, 10);
  sigma ~ cauchy(0, 5);
  y ~ normal(alpha_std + beta_std * x_std, sigma);
}
generated quantities {
  real beta = beta_std / sd_x;
  real alpha = alpha_std - beta * mean_x;
  vector[N] y_rep;
  for (n in 1 : N) {
    y_rep[n] = normal_rng(alpha + beta * x[n], sigma);
  }
}
