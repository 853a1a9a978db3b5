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
// EXPECT
error[E0148]: this is a program of Stan
  --> 30_standardised_data.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N >= 1;
  data x: real[N];
  data y: real[N];
  let mean_x = mean(x);
  let sd_x = sd(x);
  let x_std = (x - mean_x) / sd_x;
  let half = idiv(N, 2);
  latent alpha_std: real ~ normal(0, 10);
  latent beta_std: real ~ normal(0, 10);
  latent sigma: real<lower=0> ~ cauchy(0, 5);
  y ~ normal(alpha_std + beta_std * x_std, sigma);
  predict beta = beta_std / sd_x;
  predict alpha = alpha_std - beta * mean_x;
  for n in 1:N {
    predict y_rep ~ normal(alpha + beta * x[n], sigma);
  }
}

