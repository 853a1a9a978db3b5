data {
  int<lower=3> T;
  vector[T] y;
}
parameters {
  real mu;
  real<lower=0> sigma;
  vector[2] theta;
}
model {
  vector[T] epsilon;
  epsilon[1] = y[1] - mu;
  epsilon[2] = y[2] - mu - theta[1] * epsilon[1];
  for (t in 3:T)
    epsilon[t] = y[t] - mu - theta[1] * epsilon[t - 1] - theta[2] * epsilon[t - 2];
  mu ~ cauchy(0, 2.5);
  theta ~ cauchy(0, 2.5);
  sigma ~ cauchy(0, 2.5);
  for (t in 3:T)
    y[t] ~ normal(mu + theta[1] * epsilon[t - 1] + theta[2] * epsilon[t - 2], sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 34_moving_average.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim T >= 3;
  data y: real[T];
  latent mu: real ~ cauchy(0, 2.5);
  latent sigma: real<lower=0> ~ cauchy(0, 2.5);
  latent theta: real[2] ~ cauchy(0, 2.5);
  let epsilon: real[T];
  epsilon[1] = y[1] - mu;
  epsilon[2] = y[2] - mu - theta[1] * epsilon[1];
  for t in 3:T {
    epsilon[t] = y[t] - mu - theta[1] * epsilon[t - 1] - theta[2] * epsilon[t - 2];
  }
  for t in 3:T {
    y[t] ~ normal(mu + theta[1] * epsilon[t - 1] + theta[2] * epsilon[t - 2], sigma);
  }
}

