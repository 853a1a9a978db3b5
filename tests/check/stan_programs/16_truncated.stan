data {
  int<lower=0> N;
  array[N] int<lower=1> y;
  vector<lower=0>[N] z;
}
parameters {
  real<lower=0> rate;
  real mu;
  real<lower=0> s;
}
model {
  rate ~ gamma(2, 1);
  mu ~ normal(0, 1);
  s ~ normal(0, 1) T[0, ];
  for (n in 1:N) {
    y[n] ~ poisson(rate) T[1, ];
    z[n] ~ normal(mu, s) T[0, 10];
  }
}
