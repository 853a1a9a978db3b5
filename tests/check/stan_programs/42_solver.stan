functions {
  vector decay(real t, vector z, real k) {
    return -k * z;
  }
}
data {
  int<lower=0> N;
  array[N] real t;
  vector[1] z0;
  vector[N] y;
}
parameters {
  real<lower=0> k;
  real<lower=0> sigma;
}
transformed parameters {
  array[N] vector[1] z = ode_rk45(decay, z0, 0, t, k);
}
model {
  k ~ lognormal(0, 1);
  sigma ~ normal(0, 1);
  for (n in 1:N) y[n] ~ normal(z[n, 1], sigma);
}
