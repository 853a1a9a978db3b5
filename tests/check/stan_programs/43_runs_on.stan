data { int<lower=0> N; vector[N] y; }
parameters { real mu; }
model {
  real state = 0;
  mu ~ normal(0, 1);
  for (n in 1:N) {
    y[n] ~ normal(mu + state, 1);
    state = 0.5 * state + y[n];
  }
}
