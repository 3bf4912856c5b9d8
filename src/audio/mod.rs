//! Sound devices: format, resampling, mixing, levels, echo/noise/gain processing, and the device supervisor.
