functions {
  real hill(real dose, real emax, real ec50) {
    return emax * dose / (ec50 + dose);
  }
  vector scaled(vector x, real a) {
    vector[num_elements(x)] y = (x - mean(x)) / sd(x);
    return a * y;
  }
}
data {
  int<lower=0> N;
  vector<lower=0>[N] dose;
  vector[N] w;
  vector[N] y;
}
parameters {
  real<lower=0> emax;
  real<lower=0> ec50;
  real b;
  real<lower=0> sigma;
}
model {
  vector[N] mu;
  for (n in 1:N)
    mu[n] = hill(dose[n], emax, ec50);
  emax ~ normal(10, 5);
  ec50 ~ lognormal(0, 1);
  b ~ normal(0, 1);
  sigma ~ normal(0, 1);
  y ~ normal(mu + scaled(w, b), sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 19_functions.stan:1:1
  1 | functions {
    | ^^^^^^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

fun hill(dose: real, emax: real, ec50: real) = emax * dose / (ec50 + dose);
fun scaled(x: real[N], a: real) {
  let y = (x - mean(x)) / sd(x);
  return a * y;
}
model my_model {
  dim N;
  data dose: real<lower=0>[N];
  data w: real[N];
  data y: real[N];
  latent emax: real<lower=0> ~ normal(10, 5);
  latent ec50: real<lower=0> ~ lognormal(0, 1);
  latent b: real ~ normal(0, 1);
  latent sigma: real<lower=0> ~ normal(0, 1);
  let mu: real[N];
  for n in 1:N {
    mu[n] = hill(dose[n], emax, ec50);
  }
  y ~ normal(mu + scaled(w, b), sigma);
}

