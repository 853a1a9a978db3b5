data {
  int<lower=0> N;
  int<lower=0> y[N];
}
parameters {
  real<lower=0, upper=1> theta;
  real<lower=0> lambda;
}
model {
  theta ~ beta(1, 1);
  lambda ~ gamma(2, 0.1);
  for (n in 1:N) {
    if (y[n] == 0)
      target += log_sum_exp(bernoulli_lpmf(1 | theta), bernoulli_lpmf(0 | theta) + poisson_lpmf(y[n] | lambda));
    else
      target += bernoulli_lpmf(0 | theta) + poisson_lpmf(y[n] | lambda);
  }
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 23_zero_inflated.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  data y: int<lower=0>[N];
  latent theta: real<lower=0, upper=1> ~ beta(1, 1);
  latent lambda: real<lower=0> ~ gamma(2, 0.1);
  for n in 1:N {
    if (y[n] == 0) {
      factor log_sum_exp(bernoulli_logpdf(1, theta), bernoulli_logpdf(0, theta) + poisson_logpdf(y[n], lambda));
    } else {
      factor bernoulli_logpdf(0, theta) + poisson_logpdf(y[n], lambda);
    }
  }
}

