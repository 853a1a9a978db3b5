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
