data {
  int<lower=2> T;
  vector[T] y;
}
parameters {
  real mu;
  real<lower=-1, upper=1> phi;
  real<lower=0> sigma;
}
model {
  mu ~ normal(0, 10);
  phi ~ uniform(-1, 1);
  sigma ~ inv_gamma(2, 1);
  y[1] ~ normal(mu, sigma / sqrt(1 - phi^2));
  for (t in 2:T)
    y[t] ~ normal(mu + phi * (y[t - 1] - mu), sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 08_ar1.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim T >= 2;
  data y: real[T];
  latent mu: real ~ normal(0, 10);
  latent phi: real<lower=-1, upper=1> ~ uniform(-1, 1);
  latent sigma: real<lower=0> ~ inv_gamma(2, 1);
  y[1] ~ normal(mu, sigma / sqrt(1 - phi^2));
  for t in 2:T {
    y[t] ~ normal(mu + phi * (y[t - 1] - mu), sigma);
  }
}

