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
