data {
  int<lower=0> T;
  vector[T] y;
}
parameters {
  real mu;
  real<lower=-1, upper=1> phi;
  real<lower=0> sigma;
  vector[T] h_std;
}
transformed parameters {
  vector[T] h = h_std * sigma;
  h[1] /= sqrt(1 - phi * phi);
  h += mu;
  for (t in 2:T)
    h[t] += phi * (h[t-1] - mu);
}
model {
  phi ~ uniform(-1, 1);
  sigma ~ cauchy(0, 5);
  mu ~ cauchy(0, 10);
  h_std ~ std_normal();
  y ~ normal(0, exp(h / 2));
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 25_stochastic_volatility.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim T;
  data y: real[T];
  latent mu: real ~ cauchy(0, 10);
  latent phi: real<lower=-1, upper=1> ~ uniform(-1, 1);
  latent sigma: real<lower=0> ~ cauchy(0, 5);
  latent h_std: real[T] ~ std_normal();
  let h = h_std * sigma;
  let h_2 = [i == 1 ? h[i] / (sqrt(1 - phi * phi)) : h[i] for i in 1:T];
  let h_3 = h_2 + mu;
  let h_4: real[T];
  h_4[1] = h_3[1];
  for t in 2:T { h_4[t] = h_3[t] + (phi * (h_4[t - 1] - mu)); }
  y ~ normal(0, exp(h_4 / 2));
}

