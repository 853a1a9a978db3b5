data {
  int<lower=0> N;
  vector[N] x;
  vector[N] y;
  vector<lower=0>[N] w;
}
parameters {
  real a;
  real b;
  real<lower=0> sigma;
}
model {
  real total = 0;
  for (n in 1:N)
    total += w[n] * normal_lpdf(y[n] | a + b * x[n], sigma);
  a ~ normal(0, 10);
  b ~ normal(0, 10);
  sigma ~ normal(0, 5);
  target += total;
}
