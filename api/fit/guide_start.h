// guide_start: mean and covariance of a guide that is normal in its noise, from a few of its draws.
#pragma once

#include "api/fit/fitter.h"

namespace elba {

// Where the draws of no noise and of single ones go.
void add_geometry(runtime::GuideStart& start, const runtime::ParameterTable& parameters,
                  const DrawCoordinates& draw, const std::vector<double>& phi);

}  // namespace elba
