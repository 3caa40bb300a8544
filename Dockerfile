# Two stages: Go builds one static binary; the image holds that binary alone.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -tags nomsgpack -trimpath -ldflags "-s -w" -o /out/dalel ./cmd/dalel \
 && mkdir /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/dalel /dalel
COPY --from=build --chown=nonroot:nonroot /out/data /data
USER nonroot
VOLUME /data
ENV DALEL_DATA=/data DALEL_ADDR=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/dalel"]
CMD ["serve"]
