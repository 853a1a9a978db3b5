data {
  int<lower=1> K;
  int<lower=1> N;
  array[N] real y;
}
parameters {
  simplex[K] theta;
  ordered[K] mu;
  vector<lower=0>[K] sigma;
}
model {
  vector[K] log_theta = log(theta);
  sigma ~ lognormal(0, 2);
  mu ~ normal(0, 10);
  for (n in 1:N) {
    vector[K] lps = log_theta;
    for (k in 1:K) {
      lps[k] += normal_lpdf(y[n] | mu[k], sigma[k]);
    }
    target += log_sum_exp(lps);
  }
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 11_mixture.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim K >= 1;
  dim N >= 1;
  data y: real[N];
  latent theta: simplex[K] ~ flat();
  latent mu: ordered[K] ~ normal(0, 10);
  latent sigma: real<lower=0>[K] ~ lognormal(0, 2);
  let log_theta = log(theta);
  for n in 1:N {
    let lps = log_theta;
    let lps_2 = [lps[k] + (normal_logpdf(y[n], mu[k], sigma[k])) for k in 1:K];
    factor log_sum_exp(lps_2);
  }
}

